"""`sami replay`: the decisions of the last days once more, or what another policy would have made of the leads."""

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import Connection

from sami.assignment.what_if import Balance, Tried, replay_leads
from sami.domain.assignment.policy import Policy
from sami.store.calls import count_decisions
from sami.store.facts import read_directory
from sami.store.ownership import count_received
from sami.views.replay import replay_stored
from webhooks.commands.policy.trial import owner_words, policy_meant
from webhooks.commands.shared.output import instant, print_json
from webhooks.commands.shared.policy_versions import as_json_option, printing_faults, reading
from webhooks.commands.shared.terminal import printable

DIFFERENT_SHOWN = 30


@click.command
@click.option("--days", type=click.IntRange(1, 3650), required=True, help="How far back.")
@click.option("--policy", "written", metavar="DRAFT", help="A TOML file, a draft's name or a version's number.")
@as_json_option
def replay(days: int, written: str | None, as_json: bool) -> None:
    """Decide again what was decided in the last DAYS.

    Without --policy every stored decision, of leads and of calls, is made again from its own facts: the answers must
    be the same, or the command ends with 1. With --policy the leads of these days are decided by that policy, with
    hours and absences as they were and switches as they are now: who would have got what, and how the balance changes.
    """
    with printing_faults("nothing was tried."), reading() as (db, now):
        since = now - timedelta(days=days)
        if written is None:
            _check_stored(db, since, now, as_json)
        else:
            _try(db, policy_meant(db, written), since, now, as_json)


def _check_stored(db: Connection, since: datetime, now: datetime, as_json: bool) -> None:
    total = count_decisions(db, since=since, until=now)
    again = list(_shown(replay_stored(db, since=since, until=now), total, "Deciding again", as_json))
    different = [one.ref for one in again if not one.is_same]
    if as_json:
        print_json({"decisions": len(again), "same": len(again) - len(different), "different": different})
    else:
        click.echo(f"{len(again)} decisions were made again; {len(again) - len(different)} came out the same.")
        for ref in different:
            click.echo(f"Different: {ref}")
    if different:
        sys.exit(1)


def _try(db: Connection, policy: Policy, since: datetime, now: datetime, as_json: bool) -> None:
    directory = read_directory(db)
    total = count_received(db, since=since, until=now)
    tried = list(_shown(replay_leads(db, policy, directory, since=since, until=now), total, "Trying", as_json))
    balance = Balance()
    for one in tried:
        balance.add(one)
    if as_json:
        print_json(_document(tried, balance, since, now))
    else:
        _tell(tried, balance)


def _shown(each: Iterable[Any], total: int, doing: str, as_json: bool) -> Iterable[Any]:
    """With a bar on a terminal; a pipe gets the result alone."""
    console = Console(stderr=True)
    return track(each, doing, total=total, console=console, disable=as_json or not console.is_terminal, transient=True)


def _tell(tried: list[Tried], balance: Balance) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    different = [one for one in tried if one.differs]
    console.print(f"{len(different)} of {len(tried)} leads would have gone elsewhere.")
    if different:
        console.print(_leads_table(different[:DIFFERENT_SHOWN]))
    if len(different) > DIFFERENT_SHOWN:
        console.print(f"... and {len(different) - DIFFERENT_SHOWN} more; --json lists them all.")
    if tried:
        console.print(_balance_table(balance, len(tried)))


def _leads_table(different: list[Tried]) -> Table:
    table = Table("lead", "came", "source", "went to", "would go to", "by", box=None, padding=(0, 2, 0, 0))
    for one in different:
        why = ("" if one.rule is None else one.rule.name) if one.would_be is not None else one.reason
        name = printable(one.name or f"number {one.lead_id}")
        table.add_row(
            name, f"{one.at:%d %b %H:%M}", printable(one.source), owner_words(one.was), owner_words(one.would_be), why
        )
    return table


def _balance_table(balance: Balance, total: int) -> Table:
    table = Table(title="Balance", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("owner")
    for column in ("was", "share", "would be", "share", "change"):
        table.add_column(column, justify="right")
    for key in sorted({*balance.was, *balance.would_be}, key=lambda key: (key is None, key or "")):
        was, would_be = balance.was[key], balance.would_be[key]
        table.add_row(
            owner_words(key),
            str(was),
            f"{was / total:.0%}",
            str(would_be),
            f"{would_be / total:.0%}",
            f"{would_be - was:+d}",
        )
    return table


def _document(tried: list[Tried], balance: Balance, since: datetime, now: datetime) -> dict[str, Any]:
    return {
        "since": instant(since),
        "until": instant(now),
        "leads": len(tried),
        "different": [_row(one) for one in tried if one.differs],
        "balance": [
            {"owner": key, "was": balance.was[key], "would_be": balance.would_be[key]}
            for key in sorted({*balance.was, *balance.would_be}, key=lambda key: (key is None, key or ""))
        ],
    }


def _row(one: Tried) -> dict[str, Any]:
    return {
        "lead": one.lead_id,
        "at": instant(one.at),
        "source": one.source,
        "was": one.was,
        "would_be": one.would_be,
        "rule": None if one.rule is None else one.rule.written,
        "unowned_reason": one.reason,
    }
