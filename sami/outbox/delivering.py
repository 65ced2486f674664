"""Deliver what is due: claim it with a lease, speak with no transaction open, write down what came of it (R5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection

from sami import clock
from sami.domain.answers import Answer, Kind
from sami.domain.delivery import (
    DeliveryDecision,
    GivenUp,
    Sending,
    StopSender,
    decide,
    gives_up_at,
)
from sami.outbox.items import Cancelled, Delivery, Item, PutOff, Ready, Speak, item_of, write_decision, write_held
from sami.outbox.legs import (
    after_end,
    after_ring,
    leg_of,
    prepare_deletion,
    prepare_end,
    prepare_redirect,
    prepare_ring,
)
from sami.outbox.texts import after_text, prepare_text
from sami.store import calls, work
from sami.twilio import CarrierError

ALL_KINDS = tuple(Kind)
CALL_KINDS = (Kind.RING_LEG, Kind.END_LEG, Kind.REDIRECT_CALLER)

# No item is claimed later than this after `now`, so that a lease counted from `now` outlasts its outside call.
BATCH_MAX_S = 10.0
# A leg may be asked for twice, and each asking may wait once for a connection and once for an answer.
WAITS_MAX = 4
MARGIN_S = 15.0


def deliver(here: Delivery, now: datetime, *, kinds: Iterable[Kind] = ALL_KINDS, limit: int = 50) -> int:
    """How many items were dealt with. Any number of threads and processes may deliver at once."""
    if not here.carrier.is_configured:
        return 0
    wanted, began = tuple(kinds), clock.monotonic()
    for done in range(limit):
        if clock.monotonic() - began > BATCH_MAX_S:
            return done
        came_of_it = _deliver_next(here, now, wanted)
        if came_of_it is None:
            return done
        if isinstance(came_of_it, StopSender):
            return done + 1
    return limit


def lease_end(here: Delivery, now: datetime) -> datetime:
    return now + timedelta(seconds=BATCH_MAX_S + WAITS_MAX * here.carrier.timeout_s + MARGIN_S)


def _deliver_next(
    here: Delivery, now: datetime, kinds: tuple[Kind, ...]
) -> DeliveryDecision | Cancelled | PutOff | None:
    with here.database.begin() as db:
        rows = work.claim_outbox_items(db, now=now, leased_until=lease_end(here, now), kinds=kinds, limit=1)
        if not rows:
            return None
        item = item_of(rows[0])
        ready = _prepare(db, item, here, now)
        if isinstance(ready, Cancelled | PutOff):
            write_held(db, item, ready)
            return ready
    if isinstance(ready, GivenUp):
        return conclude(here, item, None, ready, now)
    answer = _ask(here, ready)
    return conclude(here, item, answer, decide(answer, _sending(item, now)), now)


def conclude(
    here: Delivery, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime
) -> DeliveryDecision:
    """Write down what came of it and what follows, in one transaction, the call locked first as everywhere else."""
    with here.database.begin() as db:
        if item.call is not None and item.kind is Kind.RING_LEG:
            calls.lock_call(db, item.call)
        if write_decision(db, item, answer, decision, now):
            _after(db, item, answer, decision, here, now)
    return decision


def _ask(here: Delivery, speak: Speak) -> Answer:
    try:
        return speak(here.carrier)
    except CarrierError as error:
        return error.answer


def _prepare(db: Connection, item: Item, here: Delivery, now: datetime) -> Ready:
    if now >= _sending(item, now).gives_up_at and item.kind is not Kind.RING_LEG:
        return GivenUp("too old to be of use")
    match item.kind:
        case Kind.TEXT:
            return prepare_text(db, item, here, now)
        case Kind.RING_LEG:
            return prepare_ring(db, item, here, now)
        case Kind.END_LEG:
            return prepare_end(db, item)
        case Kind.REDIRECT_CALLER:
            return prepare_redirect(db, item, here)
        case Kind.DELETE_QUEUE:
            return prepare_deletion(item)
        case Kind.BOT_CALL | Kind.EMAIL | Kind.SLACK | Kind.ANNOUNCEMENT:
            return GivenUp("nothing carries this")
        case _:
            assert_never(item.kind)


def _after(
    db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, here: Delivery, now: datetime
) -> None:
    if item.kind is Kind.TEXT:
        after_text(db, item, answer, decision, now)
    elif item.kind is Kind.RING_LEG:
        after_ring(db, item, answer, decision, here, now)
    elif item.kind is Kind.END_LEG:
        after_end(db, item, decision, now)


def _sending(item: Item, now: datetime) -> Sending:
    until = leg_of(item).gives_up_at if item.kind is Kind.RING_LEG else gives_up_at(item.kind, item.created_at)
    return Sending(item.kind, item.tries, now, until)
