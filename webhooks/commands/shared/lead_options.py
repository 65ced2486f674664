"""Options that say what a lead says of itself, for commands that try something on a lead that nobody stored."""

from typing import Any

import click

from sami.domain.leads.fields import Kind
from sami.domain.leads.inquiry import SAID

_TYPES = {Kind.LINE: str, Kind.EMAIL: str, Kind.PRICE: int}


def said_options(command: Any) -> Any:
    """One option for each field that holds a single value, except the lead's id elsewhere."""
    for field in reversed(SAID):
        if field.kind in _TYPES and field.name != "source_id":
            command = click.option(f"--{field.name}", type=_TYPES[field.kind], help="As the lead says.")(command)
    return command
