"""`sami why CALL`: where a call went and why, in words or as one JSON document."""

import json
import sys
import textwrap
from collections.abc import Iterable

import click
from rich.console import Console

from sami.explanations import CallStory, Telling, explain_call, tell, why_document
from sami.store.stories import newest_call_sid
from webhooks.commands.opened import opened_database
from webhooks.commands.terminal import printable

CLOCK_WIDTH = len("10:00:05 AM")
INDENT = " " * (CLOCK_WIDTH + 2)


@click.command
@click.argument("call", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def why(call: str | None, as_json: bool) -> None:
    """Say where CALL (a CallSid; without one the newest call) went, and why."""
    story = _find(call)
    if story is None:
        click.echo("There is no call yet." if call is None else f"No call {call} is known here.", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(why_document(story), indent=2, ensure_ascii=False))
    else:
        print_telling(tell(story))


def _find(call: str | None) -> CallStory | None:
    with opened_database() as database, database.read() as db:
        sid = newest_call_sid(db) if call is None else call
        return None if sid is None else explain_call(db, sid)


def print_telling(telling: Telling) -> None:
    """Lines are wrapped here, because rich fills them up with blanks, which nobody wants in a pipe."""
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = console.width
    console.print(_wrapped(telling.headline, "", width), style="bold")
    console.print(_wrapped(telling.result, "", width), end="\n\n")
    for moment in telling.moments:
        console.print(f"{moment.clock:>{CLOCK_WIDTH}}", style="dim", end="  ")
        console.print(_wrapped(moment.said, INDENT, width).lstrip())
        for detail in moment.details:
            console.print(_wrapped(detail, f"{INDENT}  ", width))
    _print_list(console, "Tasks", telling.tasks)
    _print_list(console, "Texts", telling.texts)


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == 0:
            console.print(f"\n{title}", style="bold")
        console.print(_wrapped(line, "  ", console.width))


def _wrapped(said: str, indent: str, width: int) -> str:
    lines = textwrap.wrap(printable(said), max(40, width), initial_indent=indent, subsequent_indent=indent)
    return "\n".join(lines)
