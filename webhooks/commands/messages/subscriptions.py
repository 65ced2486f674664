"""`sami webhooks`: who hears of events outside, what was delivered to them, and once more."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Row

from sami.carriers.outgoing_webhooks import message_id
from sami.domain.outcomes.announcements import Event
from sami.notices.subscriptions import disable_subscription, enable_subscription, known, lane_of, replay, subscribe
from sami.settings.loading import load_settings
from sami.store.subscriptions import count_deliveries, every_subscription, tries_of
from webhooks.commands.shared.output import instant, minute, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user
from webhooks.commands.shared.terminal import printable

SHOWN_MAX = 50


@click.group("webhooks")
def webhooks() -> None:
    """Tell other systems what happens: docs/announcements.md says what they are sent, and how they check it."""


@webhooks.command("list")
@as_json_option
def list_webhooks(as_json: bool) -> None:
    """Every subscription there is or was, and how its deliveries stand; never its secret."""
    with reading() as (db, _):
        rows, counted = every_subscription(db), count_deliveries(db)
    documents = [_document(row, counted.get(lane_of(row.ref), {})) for row in rows]
    if as_json:
        print_json({"webhooks": documents})
        return
    for told in documents:
        state = "active" if told["active"] else f"disabled: {told['why']}"
        numbers = ", ".join(f"{number} {name}" for name, number in told["deliveries"].items()) or "nothing yet"
        events = ", ".join(told["events"]) or "every event"
        click.echo(printable(f"{told['id']}: {told['url']}; {events}; {state}; {numbers}"))


@webhooks.command
@click.argument("url")
@click.option("--event", "events", multiple=True, metavar="EVENT", help=f"One of {', '.join(Event)}; none: all.")
@as_json_option
def add(url: str, events: tuple[str, ...], as_json: bool) -> None:
    """Announce events to URL from now on, and print the secret that signs them: it is never shown again."""
    allow = frozenset(load_settings().notices.allow_hosts)
    with writing() as (db, now):
        new = subscribe(db, url=url, events=events, allow=allow, by=system_user(), now=now)
    if as_json:
        print_json({"id": new.ref, "url": url, "events": sorted(set(events)), "secret": new.secret})
    else:
        click.echo(f"{new.ref} hears of it from now on; within five seconds everywhere. Its secret:", err=True)
        click.echo(new.secret)


@webhooks.command
@click.argument("ref")
@click.option("--why", default="", help="A word for whoever wonders later.")
def disable(ref: str, why: str) -> None:
    """Send nothing more to it, neither what waits."""
    with writing() as (db, now):
        known(db, ref)
        by = system_user()
        changed = disable_subscription(db, ref, why=why or f"by {by}", by=by, now=now)
    click.echo(f"{ref} is disabled." if changed else f"{ref} was disabled already.")


@webhooks.command
@click.argument("ref")
def enable(ref: str) -> None:
    """Announce to it again; what it missed is sent by `sami webhooks replay`."""
    with writing() as (db, now):
        changed = enable_subscription(db, ref, by=system_user(), now=now)
    click.echo(f"{ref} is enabled." if changed else f"{ref} was enabled already.")


@webhooks.command
@click.argument("ref", required=False)
@click.option("--limit", type=click.IntRange(1, 1000), default=SHOWN_MAX, show_default=True)
@as_json_option
def log(ref: str | None, limit: int, as_json: bool) -> None:
    """The newest tries to deliver, of one subscription or of all."""
    with reading() as (db, _):
        if ref is not None:
            known(db, ref)
        rows = tries_of(db, None if ref is None else lane_of(ref), limit=limit)
    tries = [_try(row) for row in rows]
    print_json({"tries": tries}) if as_json else _tell(tries)


@webhooks.command("replay")
@click.argument("ref")
@click.option("--delivery", "item_id", type=int, metavar="NUMBER", help="This one, whatever came of it.")
@click.option("--failed-since", metavar="WHEN", help="All that failed since then: 2026-11-20 or 2026-11-20T15:30, UTC.")
def replay_webhook(ref: str, item_id: int | None, failed_since: str | None) -> None:
    """Send again what the subscription REF missed, with the ids that it had."""
    if (item_id is None) is (failed_since is None):
        raise click.UsageError("Write either --delivery or --failed-since.")
    since = None if failed_since is None else _instant(failed_since)
    with writing() as (db, now):
        number = replay(db, ref, by=system_user(), now=now, item_id=item_id, failed_since=since)
    click.echo(f"{number} {'delivery is' if number == 1 else 'deliveries are'} sent again.")
    sys.exit(1 if item_id is not None and number == 0 else 0)


def _instant(written: str) -> datetime:
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise click.BadParameter("is no instant; write it like 2026-11-20T15:30", param_hint="--failed-since") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _document(row: Row[Any], counted: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": row.ref,
        "url": row.url,
        "events": row.events,
        "active": row.active,
        "why": row.why,
        "created_at": instant(row.created_at),
        "deliveries": dict(counted),
    }


def _try(row: Row[Any]) -> dict[str, Any]:
    return {
        "at": instant(row.at),
        "delivery": row.item_id,
        "webhook": row.payload["subscription"],
        "event": row.payload["event"],
        "id": message_id(row.dedupe_key),
        "status": row.status,
        "took_ms": row.took_ms,
        "detail": row.detail,
        "state": row.state,
        "next_try_at": instant(row.due_at) if row.state == "pending" else None,
    }


def _tell(tries: list[dict[str, Any]]) -> None:
    if not tries:
        click.echo("Nothing was delivered yet.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table("at", "delivery", "webhook", "event", "answer", "took", "now", box=None, padding=(0, 2, 0, 0))
    for told in tries:
        at = minute(datetime.fromisoformat(told["at"]))
        took = f"{told['took_ms']} ms"
        words = at, str(told["delivery"]), told["webhook"], told["event"], told["detail"], took, told["state"]
        table.add_row(*map(printable, words))
    console.print(table)
