"""How a command is told an instant: on the organisation's clock, as what it prints is."""

from datetime import datetime

import click

from sami.domain.language.hours import from_local

WHEN = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


def as_instant(local: datetime | None, zone: str) -> datetime | None:
    return None if local is None else from_local(local, zone)
