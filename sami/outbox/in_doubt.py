"""Items whose sender died or whose answer was lost: looked up before anything else is done about them (R6)."""

from dataclasses import replace
from datetime import datetime, timedelta

from sami import logs, metrics
from sami.carriers.twilio import CarrierError
from sami.domain.delivery.answers import why_not
from sami.domain.delivery.kinds import CARRIAGES, Kind, WhenLost
from sami.domain.delivery.retry import UNKNOWN_FOR, Sent, next_look_up, say_again, was_said_again
from sami.outbox.delivery import can_carry, conclude, lease_end
from sami.outbox.handling import HANDLINGS
from sami.outbox.items import Delivery, Item, item_of, settle_members
from sami.store import work

log = logs.logger(__name__)

ASK_AGAIN = timedelta(seconds=30)
# A leg not found this long after its ringing ended was not made, or is over: its callbacks would have said so.
LEGS_SOUGHT_FOR = timedelta(seconds=60)


def look_up_lost(delivery: Delivery, now: datetime, *, limit: int = 50) -> int:
    """How many items were looked after. Where Twilio cannot be asked, nothing is concluded."""
    kinds = can_carry(delivery, Kind)
    with delivery.database.read() as db:
        items = [item_of(row) for row in work.lost_outbox_items(db, now=now, limit=limit)]
    return sum(_look_after(delivery, item, now) for item in items if item.kind in kinds)


def _look_after(delivery: Delivery, item: Item, now: datetime) -> bool:
    """False where another process took it over first."""
    assert item.leased_until is not None, "a lost item had a lease"
    with delivery.database.begin() as db:
        until = lease_end(delivery, now)
        if not work.lease_outbox_item(db, item.id, held_until=item.leased_until, leased_until=until):
            return False
    item = replace(item, lost_at=item.lost_at or item.leased_until)
    when_lost, find = CARRIAGES[item.kind].when_lost, HANDLINGS[item.kind].find
    if when_lost is WhenLost.NEVER_KNOWN or (when_lost is WhenLost.ONCE_MORE and item.tries > 1):
        _not_found(delivery, item, now)  # Nobody can be asked whether it arrived.
        return True
    if find is None:
        _write(delivery, item, state="pending", due_at=now, leased_until=None, error="its sender died")
        return True  # Ending, redirecting and deleting may happen twice without harm.
    try:
        found = find(delivery, item)
    except CarrierError as error:
        _write(delivery, item, leased_until=now + ASK_AGAIN, error=f"it cannot be looked up: {why_not(error.answer)}")
        return True
    if found is not None:
        conclude(delivery, item, found, Sent("found when looked up"), now)
    else:
        _not_found(delivery, item, now)
    return True


def _not_found(delivery: Delivery, item: Item, now: datetime) -> None:
    assert item.lost_at is not None, "set when it was taken over"
    sought_until = item.lost_at + UNKNOWN_FOR
    handling = HANDLINGS[item.kind]
    if handling.gives_up_at is not None:
        sought_until = handling.gives_up_at(item) + LEGS_SOUGHT_FOR
    if now < sought_until and handling.find is not None:
        _write(delivery, item, leased_until=next_look_up(item.lost_at, now))
    elif _may_be_resent(item):
        log.warning("Never found: staff are told again, and that it is again.", item=item.id, call_sid=item.call)
        body = say_again(item.payload["body"])
        _write(
            delivery, replace(item, lost_at=None), state="pending", due_at=now, payload={**item.payload, "body": body}
        )
    else:
        log.error("Never found, and never sent again: perhaps it arrived.", item=item.id, call_sid=item.call)
        metrics.outbox_results.labels(item.kind, "unknown_for_good").inc()
        _write(delivery, item, leased_until=None, error="the answer was lost, and it was never found")
        with delivery.database.begin() as db:
            settle_members(db, item, state="unknown", error="the answer was lost")
            if handling.never_found is not None:
                handling.never_found(db, item, now)


def _may_be_resent(item: Item) -> bool:
    return item.repeats_when_lost and not was_said_again(item.payload["body"])


def _write(delivery: Delivery, item: Item, **values: object) -> None:
    with delivery.database.begin() as db:
        work.settle_outbox_item(db, item.id, sent_at=item.lost_at, **values)
