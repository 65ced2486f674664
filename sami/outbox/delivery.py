"""Deliver what is due: claim it with a lease, speak with no transaction open, write down what came of it (R5)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami import clock
from sami.carriers.twilio import CarrierError
from sami.domain.delivery.answers import Answer
from sami.domain.delivery.kinds import CARRIAGES, Kind, Track, kinds_on
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sending, StopSender, decide, gives_up_at
from sami.outbox.announcements import begun_at
from sami.outbox.digests import is_still_wanted
from sami.outbox.handling import HANDLINGS
from sami.outbox.items import Cancelled, Delivery, Held, Item, Ready, Speak, item_of, write_decision, write_held
from sami.store import calls, work

ALL_KINDS = tuple(Kind)
CALL_KINDS = kinds_on(Track.LEGS)

# No item is claimed later than this after `now`, so that a lease counted from `now` outlasts its outside call.
BATCH_MAX_S = 10.0
# A leg may be asked for twice, and each asking may wait once for a connection and once for an answer.
WAITS_MAX = 4
MAIL_MAX_S = 30.0  # A mail server, or a receiver of announcements, that is slow at every step.
MARGIN_S = 15.0


def deliver(
    delivery: Delivery, now: datetime, *, kinds: Iterable[Kind] = ALL_KINDS, limit: int = 50, lane: str | None = None
) -> int:
    """How many items were dealt with. Any number of threads and processes may deliver at once."""
    wanted, began = can_carry(delivery, kinds), clock.monotonic()
    if not wanted or not _is_any_due(delivery, now, wanted, lane):
        return 0
    for done in range(limit):
        if clock.monotonic() - began > BATCH_MAX_S:
            return done
        came_of_it = _deliver_next(delivery, now, wanted, lane)
        if came_of_it is None:
            return done
        if isinstance(came_of_it, StopSender):
            return done + 1
    return limit


def _is_any_due(delivery: Delivery, now: datetime, kinds: tuple[Kind, ...], lane: str | None) -> bool:
    """A look every second must not stand in the way of a webhook that writes."""
    with delivery.database.read() as db:
        return work.is_any_item_due(db, now=now, kinds=kinds, lane=lane)


def can_carry(delivery: Delivery, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Without an account of Twilio's, what others carry leaves all the same."""
    return tuple(kind for kind in kinds if delivery.carrier.is_configured or not CARRIAGES[kind].by_twilio)


def lease_end(delivery: Delivery, now: datetime) -> datetime:
    longest_s = max(WAITS_MAX * delivery.carrier.timeout_s, MAIL_MAX_S)
    return now + timedelta(seconds=BATCH_MAX_S + longest_s + MARGIN_S)


def _deliver_next(
    delivery: Delivery, now: datetime, kinds: tuple[Kind, ...], lane: str | None
) -> DeliveryDecision | Held | None:
    with delivery.database.begin() as db:
        leased_until = lease_end(delivery, now)
        rows = work.claim_outbox_items(db, now=now, leased_until=leased_until, kinds=kinds, limit=1, lane=lane)
        if not rows:
            return None
        item = item_of(rows[0])
        ready = _prepare(db, item, delivery, now)
        if isinstance(ready, Held):
            write_held(db, item, ready)
    if isinstance(ready, Held):
        _unsaid(delivery, item, ready, now)
        return ready
    if isinstance(ready, GivenUp):
        return conclude(delivery, item, None, ready, now)
    answer = _ask(delivery, ready)
    if isinstance(answer, Cancelled):
        with delivery.database.begin() as db:
            write_held(db, item, answer)
        _unsaid(delivery, item, answer, now)
        return answer
    return conclude(delivery, item, answer, decide(answer, _sending(item, now)), now)


def conclude(
    delivery: Delivery, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime
) -> DeliveryDecision:
    """Write down what came of it and what follows, in one transaction, the call locked first as everywhere else."""
    with delivery.database.begin() as db:
        handling = HANDLINGS[item.kind]
        if item.call is not None and handling.locks_call:
            calls.lock_call(db, item.call)
        if write_decision(db, item, answer, decision, now) and handling.after is not None:
            handling.after(db, item, answer, decision, delivery, now)
    return decision


def _unsaid(delivery: Delivery, item: Item, held: Held, now: datetime) -> None:
    unsaid = HANDLINGS[item.kind].unsaid
    if unsaid is not None and isinstance(held, Cancelled):
        with delivery.database.begin() as db:
            unsaid(db, item, delivery, now)


def _ask(delivery: Delivery, speak: Speak) -> Answer | Cancelled:
    try:
        return speak(delivery.carrier)
    except CarrierError as error:
        return error.answer


def _prepare(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    handling = HANDLINGS[item.kind]
    if handling.gives_up_at is None and now >= _sending(item, now).gives_up_at:
        return GivenUp("too old to be of use")
    if not is_still_wanted(db, item):
        return Cancelled("there is nothing more to contact the lead for")
    return handling.prepare(db, item, delivery, now)


def _sending(item: Item, now: datetime) -> Sending:
    own = HANDLINGS[item.kind].gives_up_at
    until = gives_up_at(item.kind, begun_at(item)) if own is None else own(item)
    return Sending(item.kind, item.tries, now, until, item.dedupe_key)
