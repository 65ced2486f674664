"""How cadences, previews and enrolments are told: in words, or as rows for a JSON document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row

from cadences.trying import Tried
from cadences.words import words_of
from sami.domain.language.hours import to_local
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.organisation.document import Action, Cadence
from webhooks.commands.shared.output import instant, minute
from webhooks.commands.shared.terminal import printable

Counts = Mapping[str, int]
Enrolled = Sequence[tuple[Row[Any], Sequence[Row[Any]]]]


def print_cadences(known: Mapping[str, Cadence], counts: Mapping[str, Counts]) -> None:
    if not known and not counts:
        click.echo("There is no cadence yet. `sami cadences ready` lists three that come with SAMI.")
        return
    table = Table("key", "name", "steps", *EnrolmentState, box=None, padding=(0, 2, 0, 0))
    for row in cadences_document(known, counts)["cadences"]:
        held = [str(row["enrolments"][state]) for state in EnrolmentState]
        table.add_row(row["key"], printable(row["name"]), str(row["steps"]), *held)
    Console(highlight=False, markup=False, emoji=False).print(table)


def cadences_document(known: Mapping[str, Cadence], counts: Mapping[str, Counts]) -> dict[str, Any]:
    """Those of the file, and those that leads are or were in though the file has them no longer."""
    gone = {key: Cadence(key, f"{key} (no longer in the file)") for key in counts if key not in known}
    return {"cadences": [_row(cadence, counts.get(key, {})) for key, cadence in sorted({**known, **gone}.items())]}


def print_cadence(cadence: Cadence, counts: Counts) -> None:
    click.echo(f"{printable(cadence.name)} ({cadence.key})")
    held = ", ".join(f"{counts[state]} {state}" for state in EnrolmentState if counts.get(state))
    click.echo(held or "nobody is in it", nl=True)
    click.echo()
    for number, depth, action in _numbered(cadence.steps):
        place = f"{number:>3}  {'    ' * depth}"
        click.echo(f"{place}{action.do:<14}{printable(words_of(action))}" if number else f"     {'    ' * depth}else")


def cadence_document(cadence: Cadence, counts: Counts) -> dict[str, Any]:
    steps = [
        {"step": number, "depth": depth, "do": action.do, "what": words_of(action)}
        for number, depth, action in _numbered(cadence.steps)
        if number
    ]
    return {**_row(cadence, counts), "steps": steps}


def print_tried(tried: Tried, whom: str) -> None:
    for line in _tried_lines(tried, whom):
        click.echo(printable(line))


def _tried_lines(tried: Tried, whom: str) -> Iterator[str]:
    yield f"{tried.cadence.name}, for {whom}. Times are {' and '.join(tried.zones[:1])}, where the lead may live."
    if len(tried.zones) > 1:
        yield f"They may also live in {', '.join(tried.zones[1:])}: nothing is said before all of them permit it."
    if tried.stands_at is not None:
        yield f"The lead is in it: what follows begins at step {tried.stands_at + 1}."
    if tried.paused:
        yield "It pauses: the times are those if it goes on then."
    for moment in tried.moments:
        left_out = "" if moment.left_out is None else f"  (left out: {moment.left_out})"
        yield f"  {_local(moment.at, tried)}  {moment.position + 1:>2} {moment.do:<14}{moment.said}{left_out}"
    yield f"  {_local(tried.ending.at, tried)}     {tried.ending.state}: {tried.ending.why}"


def tried_document(tried: Tried) -> dict[str, Any]:
    zone = tried.zones[0]
    return {
        "cadence": tried.cadence.key,
        "zones": list(tried.zones),
        "moments": [
            {
                "at": instant(moment.at),
                "local": to_local(moment.at, zone).isoformat(timespec="seconds"),
                "step": moment.position + 1,
                "do": moment.do,
                "what": moment.said,
                "left_out": moment.left_out,
            }
            for moment in tried.moments
        ],
        "ends": {"at": instant(tried.ending.at), "state": tried.ending.state, "why": tried.ending.why},
    }


def print_enrolments(lead_id: int, found: Enrolled) -> None:
    if not found:
        click.echo(f"Lead {lead_id} was never in a cadence.")
    for row, steps in found:
        click.echo(printable(f"{row.cadence}: {_standing(row)}"))
        for step in steps:
            why = f": {step.why}" if step.why else ""
            state = step.state.replace("_", " ")
            click.echo(printable(f"  {minute(step.at)}  {step.position + 1:>2} {step.do:<14}{state}{why}"))


def enrolments_document(found: Enrolled) -> dict[str, Any]:
    return {"enrolments": [_enrolment(row, steps) for row, steps in found]}


def _standing(row: Row[Any]) -> str:
    by = f" by {row.by}" if row.by else ""
    why = f" ({row.reason})" if row.reason else ""
    match row.state:
        case EnrolmentState.ACTIVE:
            return f"active, at step {row.position + 1}, next on {minute(row.due_at)}"
        case EnrolmentState.PAUSED:
            until = "somebody resumes it" if row.paused_until is None else minute(row.paused_until)
            return f"paused{by}{why} until {until}"
    return f"{row.state} on {minute(row.ended_at)}{by}{why}"


def _enrolment(row: Row[Any], steps: Iterable[Row[Any]]) -> dict[str, Any]:
    return {
        "cadence": row.cadence,
        "version": row.version,
        "state": row.state,
        "reason": row.reason,
        "by": row.by,
        "step": row.position + 1,
        "due_at": instant(row.due_at),
        "paused_until": instant(row.paused_until),
        "enrolled_at": instant(row.enrolled_at),
        "ended_at": instant(row.ended_at),
        "steps": [
            {"step": step.position + 1, "do": step.do, "state": step.state, "why": step.why, "at": instant(step.at)}
            for step in steps
        ],
    }


def _row(cadence: Cadence, counts: Counts) -> dict[str, Any]:
    steps = sum(1 for number, _, _ in _numbered(cadence.steps) if number)
    held = {state.value: counts.get(state, 0) for state in EnrolmentState}
    return {"key": cadence.key, "name": cadence.name, "steps": steps, "enrolments": held}


def _numbered(steps: Iterable[Action], first: int = 1, depth: int = 0) -> Iterator[tuple[int, int, Action]]:
    """Each step with its number and how deep it stands; number 0 for the word above the other way of a branch."""
    number = first
    for action in steps:
        yield number, depth, action
        number += 1
        for way, inner in (("then", action.then), ("else", action.else_)):
            if way == "else" and inner:
                yield 0, depth, action
            for each in _numbered(inner, number, depth + 1):
                number = each[0] + 1 if each[0] else number
                yield each


def _local(at: datetime, tried: Tried) -> str:
    return f"{to_local(at, tried.zones[0]):%a %Y-%m-%d %H:%M}"
