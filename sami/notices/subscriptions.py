"""Who hears of events outside: subscriptions are made, disabled, and what they missed is sent again."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from sami import logs
from sami.apply import apply
from sami.audit.recording import record, record_change
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.language.web_address import address_problem
from sami.domain.outcomes.announcements import Event
from sami.domain.outcomes.effects import SendText, TellInApp
from sami.errors import SamiError
from sami.store.facts import read_directory
from sami.store.recipients import read_recipients
from sami.store.subscriptions import (
    deliveries_to_replay,
    find_subscription,
    insert_subscription,
    send_again,
    set_subscription,
)

SECRET_BYTES = 32
_log = logs.logger(__name__)


class SubscriptionRefused(SamiError):
    """This subscription cannot be made."""

    code = "subscription_refused"
    status = 422


class UnknownSubscription(SamiError):
    """There is no such subscription."""

    code = "unknown_subscription"
    status = 404


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """`secret` is shown now and never again."""

    ref: str
    secret: str


def lane_of(ref: str) -> str:
    """Each subscription has its own lane, so that a slow receiver holds up nobody else."""
    return f"to/{ref}"


def subscribe(
    db: Connection, *, url: str, events: Collection[str], allow: frozenset[str], by: Actor, now: datetime
) -> NewSubscription:
    """No events: all of them. Raises SubscriptionRefused."""
    problem = address_problem(url, allow)
    if problem:
        raise SubscriptionRefused(f"The address {problem}; write it like https://crm.example.com/hooks/sami.")
    unknown = sorted(set(events) - set(Event))
    if unknown:
        raise SubscriptionRefused(f"{', '.join(unknown)} is no event; known are {', '.join(Event)}.")
    new = NewSubscription(secrets.token_hex(6), f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}")
    insert_subscription(
        db, ref=new.ref, url=url, secret=new.secret, events=sorted(set(events)), active=True, why="", created_at=now
    )
    record(db, Verb.ADDED, "webhook", new.ref, after={"url": url, "events": sorted(set(events))}, by=by, now=now)
    return new


def disable_subscription(db: Connection, ref: str, *, why: str, by: Actor, now: datetime) -> bool:
    """Nothing more is sent to it, and the admins hear of it; False where it was disabled already."""
    if not set_subscription(db, ref, active=False, why=why):
        return False
    record_change(db, "webhook", ref, before={"active": True}, after={"active": False}, by=by, now=now, why=why)
    _log.warning("A subscription was disabled.", subscription=ref, why=why)
    subscription = find_subscription(db, ref)
    assert subscription is not None, "it was just written"
    directory = read_directory(db)
    admins = read_recipients(db, owner_id=None, keys=(), directory=directory, now=now).admins
    body = f"Webhook {ref} to {urlsplit(subscription.url).hostname} is disabled: {why}."
    for admin in admins:
        key = f"subscription/{ref}/disabled/{now.isoformat()}/notice/{admin.key}"
        apply(db, [TellInApp(admin.id, body, f"{key}/app")], now)
        if directory.staff_line is not None:
            text = SendText(admin.phone, directory.staff_line, body, key, agent_id=admin.id, can_wait=True)
            apply(db, [text], now)
    return True


def enable_subscription(db: Connection, ref: str, *, by: Actor, now: datetime) -> bool:
    """Enables it from now on; what it missed meanwhile can be replayed. False where it was enabled already."""
    known(db, ref)
    changed = set_subscription(db, ref, active=True, why="")
    if changed:
        record_change(db, "webhook", ref, before={"active": False}, after={"active": True}, by=by, now=now)
    return changed


def replay(
    db: Connection,
    ref: str,
    *,
    by: Actor,
    now: datetime,
    item_id: int | None = None,
    failed_since: datetime | None = None,
) -> int:
    """Send one delivery, or all that failed since an instant, once more; how many there were."""
    if not known(db, ref):
        raise SubscriptionRefused("It is disabled, and would hear nothing; enable it first.")
    found = deliveries_to_replay(db, lane_of(ref), item_id=item_id, failed_since=failed_since)
    for row in found:
        send_again(db, row.id, payload={**row.payload, "since": now.isoformat()}, now=now)
    record(db, Verb.REPEATED, "webhook", ref, after={"deliveries": len(found)}, by=by, now=now)
    return len(found)


def known(db: Connection, ref: str) -> bool:
    """Whether it is active. Raises UnknownSubscription."""
    found = find_subscription(db, ref)
    if found is None:
        raise UnknownSubscription(f"{ref}; `sami webhooks list` shows those there are.")
    return bool(found.active)
