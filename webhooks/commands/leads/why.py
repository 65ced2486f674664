"""`sami why`: where a call went and why, or who owns a lead and why, in words or as one JSON document."""

import json
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

import click
from rich.console import Console
from sqlalchemy import Connection

from sami import clock
from sami.store.explanations import newest_call_sid
from sami.views.call_document import why_document
from sami.views.call_story_rows import explain_call
from sami.views.call_words import CallDescription, describe_call
from sami.views.lead_story import explain_lead
from sami.views.lead_story_document import lead_why_document
from sami.views.lead_words import describe_lead
from webhooks.commands.leads.find_lead import lead_meant
from webhooks.commands.shared.opened import opened_database_or_demo
from webhooks.commands.shared.terminal import printable

CALL = "CA"
"""How every CallSid begins, and no phone."""
CLOCK_WIDTH = len("10:00:05 AM")  # At least, so that what follows stands where it always does.


@click.command
@click.argument("subject", required=False, metavar="[CALL|LEAD]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def why(subject: str | None, as_json: bool) -> None:
    """Say where a call went, or who owns a lead, and why.

    CALL is a CallSid, LEAD a lead's number or phone; without either it is the newest call.
    """
    with opened_database_or_demo() as database, database.read() as db:
        telling, document = _lead(db, subject) if _is_lead(subject) else _call(db, subject)
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        print_telling(telling)


def _is_lead(subject: str | None) -> bool:
    return subject is not None and not subject.startswith(CALL)


def _call(db: Connection, call: str | None) -> tuple[CallDescription, dict[str, Any]]:
    sid = newest_call_sid(db) if call is None else call
    story = None if sid is None else explain_call(db, sid)
    if story is None:
        click.echo("There is no call yet." if call is None else f"No call {call} is known here.", err=True)
        sys.exit(1)
    return describe_call(story), why_document(story)


def _lead(db: Connection, lead: str | None) -> tuple[CallDescription, dict[str, Any]]:
    story = explain_lead(db, lead_meant(db, lead or ""), clock.utc_now())
    assert story is not None, "the lead was just found"
    return describe_lead(story), lead_why_document(story)


def print_telling(telling: CallDescription) -> None:
    """Lines are wrapped here, because rich fills them up with blanks, which nobody wants in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = console.width
    console.print(_wrapped(telling.headline, "", width), style="bold")
    console.print(_wrapped(telling.result, "", width), end="\n\n")
    clocks = max(CLOCK_WIDTH, *(len(moment.clock) for moment in telling.moments), 0)
    indent = " " * (clocks + 2)
    for moment in telling.moments:
        console.print(f"{moment.clock:>{clocks}}", style="dim", end="  ")
        console.print(_wrapped(moment.said, indent, width).lstrip())
        for detail in moment.details:
            console.print(_wrapped(detail, f"{indent}  ", width))
    _print_list(console, "Tasks", telling.tasks)
    _print_list(console, "Texts", telling.texts)
    _print_list(console, "Cadences", telling.cadences)


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            console.print(f"\n{title}", style="bold")
        console.print(_wrapped(line, "  ", console.width))


def _wrapped(said: str, indent: str, width: int) -> str:
    lines = textwrap.wrap(printable(said), max(40, width), initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines)
