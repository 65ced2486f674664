"""Test rings leave: one call each, never a second one."""

from datetime import datetime

from sqlalchemy import Connection

from sami.agents.verification import fail_test_ring, is_wanted
from sami.carriers.twilio import Carrier
from sami.domain.agents.verification import RINGS_S, RingState
from sami.domain.calls.routing import timeout_to_send_s
from sami.domain.delivery.answers import Accepted, Answer
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sent, Unknown
from sami.outbox.items import Cancelled, Delivery, Item, Ready
from sami.store import verification as store

TALKS_AT_MOST_S = 120


def prepare_test_ring(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    ref = str(item.payload["ref"])
    ring = store.find_test_ring(db, ref)
    if ring is None or not is_wanted(db, ref, now):
        fail_test_ring(db, ref, "it was asked for too long ago", now)
        return Cancelled("no longer wanted")
    url = f"{delivery.settings.public_url}/webhooks/voice/test-ring/{ref}"

    def create(carrier: Carrier) -> Accepted:
        sid = carrier.create_call(
            to=ring.phone,
            from_=ring.line,
            url=url,
            status_callback=f"{url}/status",
            timeout_s=timeout_to_send_s(RINGS_S),
            time_limit_s=TALKS_AT_MOST_S,
        )
        return Accepted(sid)

    return create


def after_test_ring(
    db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime
) -> None:
    ref = str(item.payload["ref"])
    match decision:
        case Sent() if isinstance(answer, Accepted):
            store.move_test_ring(db, ref, from_=(RingState.WAITING,), to=RingState.RINGING, call=answer.sid)
        case GivenUp(why):
            fail_test_ring(db, ref, f"Twilio refused the call: {why}", now)
        case Unknown():
            pass  # It is looked up; its own callbacks may be faster.


def find_ringing(delivery: Delivery, item: Item) -> Accepted | None:
    """Its own callbacks may have named it already."""
    with delivery.database.read() as db:
        ring = store.find_test_ring(db, str(item.payload["ref"]))
    if ring is None or ring.call is not None:
        return None if ring is None else Accepted(ring.call)
    sid = delivery.carrier.find_call(to=ring.phone, from_=ring.line, since=item.created_at)
    return None if sid is None else Accepted(sid)
