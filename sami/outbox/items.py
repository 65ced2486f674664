"""An outbox item under way, and how what came of it is written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami import logs, metrics
from sami.apply.items import COLUMNS
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.domain.delivery.answers import Accepted, Answer
from sami.domain.delivery.carrier_codes import Meaning
from sami.domain.delivery.kinds import Kind
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sent, StopSender, TryAgain, Unknown
from sami.settings.loading import Settings
from sami.store import work
from sami.store.digests import settle_joined

log = logs.logger(__name__)

RefuseLeg = Callable[[Connection, str, int | None, datetime], None]
"""Told that the leg of an attempt was not made, with the carrier's code if there is one."""

FIRST_LOOK_UP = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that speaking outside takes. What a refused leg means for its call is for `sami.calls` to say."""

    database: Database
    carrier: Carrier
    settings: Settings
    refuse_leg: RefuseLeg


@dataclass(frozen=True, slots=True)
class Item:
    """`lost_at`: since when its answer is missing."""

    id: int
    kind: Kind
    dedupe_key: str
    payload: Mapping[str, Any]
    call: str | None
    tries: int
    created_at: datetime
    leased_until: datetime | None
    lost_at: datetime | None
    lane: str | None = None
    occasion: str | None = None
    notice: str | None = None
    repeats_when_lost: bool = False

    @property
    def effect(self) -> dict[str, Any]:
        """All that the effect stated which this was made of, except for what does not say so."""
        return {**self.payload, **{name: getattr(self, name) for name in COLUMNS}}


MEMBERS = "members"
"""The items that one item speaks for, in its payload."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """No longer wanted, or no longer permitted."""

    why: str


Speak = Callable[[Carrier], Answer | Cancelled]
"""The outside call itself, made with no transaction open; cancelled where it was no longer wanted at that instant."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """Not now; this was no try. `lane`: it waits there."""

    at: datetime
    why: str
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing had to be said outside for it."""

    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """Another item speaks for it, and settles it."""

    why: str


Held = Cancelled | PutOff | Done | Joined
Ready = Speak | Held | GivenUp


def item_of(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=Kind(row.kind),
        dedupe_key=row.dedupe_key,
        payload=row.payload,
        call=row.call,
        tries=row.tries,
        created_at=row.created_at,
        leased_until=row.leased_until,
        lost_at=row.sent_at,
        lane=row.lane,
        occasion=row.occasion,
        notice=row.notice,
        repeats_when_lost=row.repeats_when_lost,
    )


def write_held(db: Connection, item: Item, held: Held) -> None:
    match held:
        case Cancelled(why):
            work.settle_outbox_item(db, item.id, state="cancelled", leased_until=None, error=why)
            settle_members(db, item, state="cancelled", error=why)
        case PutOff(at, why, lane):
            put_off = {"state": "pending", "due_at": at, "tries": item.tries - 1, "lane": lane or item.lane}
            work.settle_outbox_item(db, item.id, **put_off, leased_until=None, error=why)
        case Done(why, at):
            work.settle_outbox_item(db, item.id, state="sent", sent_at=at, leased_until=None, error=why)
        case Joined():
            pass  # Written by who joined them.
    metrics.outbox_results.labels(item.kind, _RESULTS[type(held)]).inc()


_RESULTS: Mapping[type[Held], str] = {
    Cancelled: "cancelled",
    PutOff: "put_off",
    Done: "passed_on",
    Joined: "joined",
}


def settle_members(db: Connection, item: Item, **values: Any) -> None:
    """What this one spoke for went the same way, and says so."""
    if MEMBERS in item.payload:
        part = f"part of item {item.id}"
        error = f"{part}: {values['error']}" if values.get("error") else f"said as {part}"
        settle_joined(db, item.payload[MEMBERS], **{**values, "error": error})


def write_decision(
    db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime
) -> bool:
    """False where somebody else has settled the item: then nothing follows from ours."""
    values = _values(answer, decision, now)
    written = work.settle_outbox_item(db, item.id, **values)
    if written:
        _tell(item, decision)
        if values["state"] in ("sent", "failed"):
            settle_members(db, item, **values)
    return written


def _values(answer: Answer | None, decision: DeliveryDecision, now: datetime) -> dict[str, Any]:
    match decision:
        case Sent(why):
            sid = answer.sid if isinstance(answer, Accepted) else ""
            return {"state": "sent", "sent_at": now, "carrier_sid": sid or None, "leased_until": None, "error": why}
        case TryAgain(at, why) | StopSender(at, why):
            return {"state": "pending", "due_at": at, "leased_until": None, "error": why}
        case GivenUp(why):
            return {"state": "failed", "leased_until": None, "error": why}
        case Unknown(why):
            return {"state": "unknown", "sent_at": now, "leased_until": now + FIRST_LOOK_UP, "error": why}


def _tell(item: Item, decision: DeliveryDecision) -> None:
    """Every failure is seen (R22); one that only a person can end is an error."""
    result = type(decision).__name__.lower()
    metrics.outbox_results.labels(item.kind, result).inc()
    said = {"kind": item.kind.value, "item": item.id, "call_sid": item.call}
    match decision:
        case StopSender(at, why):
            log.error("Twilio refuses the account: nothing is sent until then.", why=why, until=at.isoformat(), **said)
        case GivenUp(why, Meaning.BAD_NUMBER | Meaning.NO_TEXTS | Meaning.OPTED_OUT):
            log.info("Given up: the phone takes no texts.", why=why, **said)
        case GivenUp(why):
            log.error("Given up for good: a person must look.", why=why, **said)
        case TryAgain(_, why) | Unknown(why):
            log.warning("Not delivered yet.", result=result, why=why, **said)
        case Sent():
            pass
