"""`sami policy pilot`: a draft decides about a share of the leads for some days, and is compared with the rest."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click

from sami.assignment.policies.pilots import Comparison, Side, compare_pilot, end_pilot, start_pilot
from webhooks.commands.shared.output import instant, minute, print_json
from webhooks.commands.shared.policy_versions import as_json_option, printing_faults, reading, writing
from webhooks.commands.shared.system_user import system_user

LABEL_WIDTH, FIGURE_WIDTH = 22, 12


@click.command(short_help="Try a draft on a share of the leads, and compare.")
@click.argument("name", required=False)
@click.option("--share", type=int, help="How many per cent of the leads it decides about: 1 to 99.")
@click.option("--days", type=click.IntRange(1, 365), help="For how many days.")
@click.option("--end", is_flag=True, help="End the trial now; what it decided stays.")
@click.option("--compare", is_flag=True, help="Tell what the newest trial, or that of version NAME, came to.")
@as_json_option
def pilot(name: str | None, share: int | None, days: int | None, end: bool, compare: bool, as_json: bool) -> None:
    """Let the draft NAME decide about a share of the leads for some days, beside the policy in force.

    The same lead is always on the same side. A pilot is a version too, so that every lead can say which one decided
    about it; `sami policy rollback` to it publishes it for all.
    """
    if compare:
        _compare(_number(name), as_json)
    elif end:
        _end(name)
    elif name is None or share is None or days is None:
        raise click.UsageError("A pilot needs NAME, --share and --days; or --end, or --compare.")
    else:
        _start(name, share, days)


def _start(name: str, share: int, days: int) -> None:
    with printing_faults("nothing is tried."), writing() as (db, now):
        until = now + timedelta(days=days)
        version = start_pilot(db, name, share, until, system_user(), now)
    click.echo(f"Version {version} decides about {share}% of the leads until {minute(until)}.")


def _end(name: str | None) -> None:
    if name is not None:
        raise click.UsageError("--end takes no NAME: there is one pilot at a time.")
    with writing() as (db, now):
        version = end_pilot(db, system_user(), now)
    click.echo(f"Version {version} decides about no more leads.")


def _number(name: str | None) -> int | None:
    if name is not None and not name.isdecimal():
        raise click.UsageError("--compare takes the number of a version, or nothing for the newest pilot.")
    return None if name is None else int(name)


def _compare(version: int | None, as_json: bool) -> None:
    with reading() as (db, _):
        found = compare_pilot(db, version)
    if as_json:
        print_json(_as_document(found))
    else:
        _tell(found)


def _as_document(found: Comparison) -> dict[str, Any]:
    sides = {name: _side_as_document(side) for name, side in (("pilot", found.pilot), ("rest", found.rest))}
    return asdict(found) | {"started_at": instant(found.started_at), "ended_at": instant(found.ended_at)} | sides


def _side_as_document(side: Side) -> dict[str, Any]:
    return asdict(side) | {"owned_share": round(side.owned_share, 4), "answered_share": round(side.answered_share, 4)}


def _tell(found: Comparison) -> None:
    span = f"{minute(found.started_at)} to {minute(found.ended_at)}"
    click.echo(f"Version {found.version}, {found.share}% of the leads that came in from {span}")
    sides = found.pilot, found.rest
    _line("", "pilot", "the rest")
    _line("leads", *(str(side.leads) for side in sides))
    _line("owned at once", *(_per_cent(side.owned, side.leads) for side in sides))
    _line("answered by a person", *(_per_cent(side.answered, side.leads) for side in sides))
    for agent in sorted({*found.pilot.agents, *found.rest.agents}):
        _line(f"given to {agent}", *(_per_cent(side.agents.get(agent, 0), side.owned) for side in sides))


def _line(label: str, *figures: str) -> None:
    click.echo(f"{label:<{LABEL_WIDTH}}" + "".join(f"{figure:>{FIGURE_WIDTH}}" for figure in figures))


def _per_cent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}%" if whole else "-"
