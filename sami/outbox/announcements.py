"""Announcements leave: one item becomes one for each subscription, and each of those is tried for days."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.apply.items import new_item
from sami.carriers.outgoing_webhooks import GONE, Told, announce, announcement_body
from sami.carriers.twilio import Carrier
from sami.circuit import OPEN_S, Circuit, circuit_of
from sami.domain.delivery.answers import Accepted, Answer, Refused
from sami.domain.delivery.kinds import Kind
from sami.domain.language.actor import TIME
from sami.notices.subscriptions import disable_subscription, lane_of
from sami.outbox.items import Cancelled, Delivery, Done, Item, PutOff, Ready, Speak
from sami.store import work
from sami.store.digests import put_lane_off
from sami.store.subscriptions import find_subscription, insert_try, subscriptions_to

_INSTANT = TypeAdapter(datetime)
RESTING = "this receiver failed too often just now"


def begun_at(item: Item) -> datetime:
    """The instant since which it is tried; for a replay, the instant of the replay."""
    since = item.payload.get("since")
    return item.created_at if since is None else _INSTANT.validate_python(since)


def prepare_announcement(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    ref = item.payload.get("subscription")
    if ref is None:
        return _pass_on(db, item, now)
    subscription = find_subscription(db, ref)
    if subscription is None or not subscription.active:
        return Cancelled("the subscription is disabled")
    circuit = circuit_of(f"subscription/{ref}")
    if not circuit.admits(now.timestamp()):
        until = now + timedelta(seconds=OPEN_S)
        put_lane_off(db, lane_of(ref), now=now, until=until, why=RESTING)
        return PutOff(until, RESTING)
    return _telling(item, subscription, delivery, circuit, now)


def after_announcement(db: Connection, item: Item, answer: Answer | None, now: datetime) -> None:
    if isinstance(answer, Refused) and answer.status == GONE:
        disable_subscription(db, item.payload["subscription"], why="it answered 410: gone for good", by=TIME, now=now)


def _pass_on(db: Connection, item: Item, now: datetime) -> Done:
    """What was not asked for when it happened is not sent to who asks later."""
    payload = item.payload
    items = [
        new_item(
            Kind.ANNOUNCEMENT,
            f"{item.dedupe_key}/to/{subscription.ref}",
            {
                "event": payload["event"],
                "payload": payload["payload"],
                "at": item.created_at.isoformat(),
                "subscription": subscription.ref,
            },
            due_at=now,
            now=now,
            lane=lane_of(subscription.ref),
            occasion=item.occasion,
        )
        for subscription in subscriptions_to(db, payload["event"])
    ]
    work.insert_outbox_items(db, items)
    return Done(f"passed on to {len(items)} subscription(s)", now)


def _telling(item: Item, subscription: Row[Any], delivery: Delivery, circuit: Circuit, now: datetime) -> Speak:
    body = body_of(item.payload)
    allow = frozenset(delivery.settings.notices.allow_hosts)

    def tell(_carrier: Carrier) -> Answer:
        told = announce(subscription.url, subscription.secret, item.dedupe_key, body, allow=allow)
        if isinstance(told.answer, Accepted | Refused):
            circuit.note_answer()
        else:
            circuit.note_failure(now.timestamp())
        _log(item, told, delivery, now)
        return told.answer

    return tell


def body_of(payload: Mapping[str, Any]) -> str:
    return announcement_body(payload["event"], _INSTANT.validate_python(payload["at"]), payload["payload"])


def _log(item: Item, told: Told, delivery: Delivery, now: datetime) -> None:
    """Logs the try in a transaction of its own, before anything follows from it: no try is missing from the log."""
    with delivery.database.begin() as db:
        insert_try(db, item_id=item.id, at=now, status=told.status, took_ms=told.took_ms, detail=told.detail)
