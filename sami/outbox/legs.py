"""Legs, redirects and queues: what is ordered about calls that go on while we speak."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.agents.misses_and_rests import free_agent_soon
from sami.apply import apply
from sami.carriers.twilio import CLOCKS_DIFFER, Carrier, CarrierError
from sami.domain.calls.listening import is_heard
from sami.domain.calls.signals import PickedUp, Signal, StillWaits
from sami.domain.calls.stored import read_progress
from sami.domain.delivery.answers import Accepted, Answer, Refused
from sami.domain.delivery.carrier_words import OVER, CallStatus
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sent
from sami.domain.outcomes.effects import EndLeg, RedirectCaller, RingLeg
from sami.outbox.items import Cancelled, Delivery, Item, Ready, Speak
from sami.store import calls
from sami.store.deliveries import known_leg_sids

_RING = TypeAdapter(RingLeg)
_END = TypeAdapter(EndLeg)
_REDIRECT = TypeAdapter(RedirectCaller)

# What only Twilio says of a leg: that it was canceled may be what we believe of one that rings all the same.
_OVER = OVER - {CallStatus.CANCELED}

LEG_GONE_WITHIN_S = 1.0
NOT_WANTED = "no longer wanted"


def leg_of(item: Item) -> RingLeg:
    return _RING.validate_python(item.payload)


def prepare_ring(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    leg = leg_of(item)
    if not _is_wanted(db, leg):
        return Cancelled(NOT_WANTED)
    if now >= leg.gives_up_at:
        return GivenUp("too late to ring")
    return _creation(leg, delivery)


def _creation(leg: RingLeg, delivery: Delivery) -> Speak:
    """Asked again at the last instant before each request: a busy machine may have let seconds pass since the claim."""
    url = f"{delivery.settings.public_url}/webhooks/voice/leg/{leg.attempt}"
    limit_s = delivery.settings.limits.call_time_limit_s

    def create(carrier: Carrier, from_: str, token: str | None) -> Accepted | Cancelled:
        with delivery.database.read() as db:
            if not _is_wanted(db, leg):
                return Cancelled(NOT_WANTED)
        sid = carrier.create_call(
            to=leg.to,
            from_=from_,
            url=url,
            status_callback=f"{url}/status",
            timeout_s=leg.timeout_s,
            time_limit_s=limit_s,
            call_token=token,
        )
        return Accepted(sid)

    def ring(carrier: Carrier) -> Accepted | Cancelled:
        if leg.caller_id is None or leg.caller_id == leg.line:
            return create(carrier, leg.line, None)
        try:
            return create(carrier, leg.caller_id, leg.call_token)
        except CarrierError as error:
            if not isinstance(error.answer, Refused):
                raise
        # A token may have expired, a number may be none to show: what was refused was not created, so ask as the line.
        return create(carrier, leg.line, None)

    return ring


def after_ring(
    db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, delivery: Delivery, now: datetime
) -> None:
    leg = leg_of(item)
    match decision:
        case Sent() if isinstance(answer, Accepted):
            write_created_leg(db, leg, answer.sid, now)
        case GivenUp(code=code):
            delivery.refuse_leg(db, leg.attempt, code, now)
        case _:
            pass  # Whether a leg lives whose answer was lost, it tells by itself.


def write_created_leg(db: Connection, leg: RingLeg, sid: str, now: datetime) -> None:
    """The caller's call is locked: whoever ends this attempt either sees the leg, or has ended it already."""
    attempt = calls.find_attempt(db, leg.attempt)
    if attempt is None:
        return
    calls.update_attempt(db, attempt.id, leg_sid=sid)
    if attempt.ended is not None and attempt.leg_status not in _OVER:
        apply(db, [EndLeg(leg.attempt, sid)], now)


def prepare_end(db: Connection, item: Item) -> Ready:
    ending = _END.validate_python(item.payload)
    attempt = calls.find_attempt(db, ending.attempt)
    if attempt is not None and attempt.leg_status in _OVER:
        return Cancelled("already over")
    if attempt is not None and attempt.pressed == "1":
        return Cancelled("hears who was faster, and hangs up by itself")

    def end(carrier: Carrier) -> Accepted:
        carrier.end_call(ending.leg_sid)
        return Accepted(ending.leg_sid)

    return end


def after_end(db: Connection, item: Item, decision: DeliveryDecision, now: datetime) -> None:
    """Twilio ended the leg, or knew it to be over: its agent is free, also if the leg's own word of it is lost."""
    ref = _END.validate_python(item.payload).attempt
    attempt, call = calls.find_attempt(db, ref), calls.call_of_attempt(db, ref)
    if isinstance(decision, Sent) and attempt is not None and call is not None:
        free_agent_soon(db, attempt, call=call, at=now, within_s=LEG_GONE_WITHIN_S)


def prepare_redirect(db: Connection, item: Item, delivery: Delivery) -> Ready:
    """Never a caller whom somebody has accepted meanwhile: that would part the two."""
    redirect = _REDIRECT.validate_python(item.payload)
    call = calls.find_call(db, redirect.call)
    if call is None or not _is_open(call, StillWaits(redirect.turn)):
        return Cancelled("no longer waiting")
    url = f"{delivery.settings.public_url}/webhooks/voice/resume/{redirect.turn}"

    def fetch(carrier: Carrier) -> Accepted:
        carrier.redirect_call(redirect.call, url)
        return Accepted(redirect.call)

    return fetch


def prepare_deletion(item: Item) -> Ready:
    name = str(item.payload["call"])

    def delete(carrier: Carrier) -> Accepted:
        carrier.delete_queue(name)
        return Accepted()

    return delete


def _is_wanted(db: Connection, leg: RingLeg) -> bool:
    attempt, call = calls.find_attempt(db, leg.attempt), calls.find_call(db, leg.call)
    return attempt is not None and call is not None and attempt.ended is None and _is_open(call, PickedUp(leg.attempt))


def _is_open(call: Row[Any], signal: Signal) -> bool:
    """Whether nobody has taken it and it still listens to what may come of this."""
    return call.accepted_by is None and call.ended_at is None and is_heard(read_progress(call.progress), signal)


def find_leg(delivery: Delivery, item: Item) -> Accepted | None:
    """Its own callbacks may have named it already."""
    leg = leg_of(item)
    with delivery.database.read() as db:
        attempt = calls.find_attempt(db, leg.attempt)
        known = known_leg_sids(db, phone=leg.to, since=item.created_at - 2 * CLOCKS_DIFFER)
    if attempt is not None and attempt.leg_sid is not None:
        return Accepted(attempt.leg_sid)
    for shown in dict.fromkeys((leg.caller_id or leg.line, leg.line)):
        sid = delivery.carrier.find_call(to=leg.to, from_=shown, since=item.created_at, known=known)
        if sid is not None:
            return Accepted(sid)
    return None


def free_unrung(db: Connection, item: Item, delivery: Delivery, now: datetime) -> None:
    """Frees an agent whose leg is not created after all; on its own, because a call is locked before its items."""
    delivery.refuse_leg(db, leg_of(item).attempt, None, now)
