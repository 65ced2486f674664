"""Calls to leads leave: asked again whether they may, counted, placed once, and looked up where the answer was lost."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.carriers.twilio import CLOCKS_DIFFER, Carrier
from sami.consent.bad_numbers import learn_bad_number
from sami.consent.caps import spend
from sami.consent.outbound_calls import end_outbound_call
from sami.consent.permissions import contact_hours, permission
from sami.domain.calls.outbound_calls import LEAD_RING_S, OutboundResult, OutboundState
from sami.domain.calls.routing import timeout_to_send_s
from sami.domain.consent.caps import Spent
from sami.domain.consent.permission import Barred, Channel, NotBefore, Permission
from sami.domain.delivery.answers import Accepted, Answer
from sami.domain.delivery.carrier_codes import Meaning
from sami.domain.delivery.retry import DeliveryDecision, GivenUp, Sent, StopSender, TryAgain
from sami.domain.language.phone import E164
from sami.outbox.items import Cancelled, Delivery, Item, PutOff, Ready
from sami.settings.sections import LimitsSettings
from sami.store import outbound_calls as store

A_SECOND, A_DAY = timedelta(seconds=1), timedelta(days=1)
ON_THE_PHONE_AGAIN = timedelta(seconds=15)  # When a lead who talks with us is asked for next.


def outbound_call_of(db: Connection, item: Item) -> Row[Any] | None:
    return store.find_outbound_call(db, str(item.payload["placed"]))


def prepare_bot_call(db: Connection, item: Item, delivery: Delivery, now: datetime) -> Ready:
    """The world may have changed since the call was wanted: consent, cadence and hour are read now (R9, R12)."""
    placed = outbound_call_of(db, item)
    if placed is None or placed.state != OutboundState.WAITING:
        return Cancelled("no longer wanted")
    held = _hold(db, placed, _permission(db, placed, item, delivery, now), delivery.settings.limits, now)
    if held is not None:
        return held
    store.lock_placing(db)
    held = _cap(db, placed, delivery.settings.limits, now)
    if held is not None:
        return held
    spent = {"state": OutboundState.PLACED.value, "placed_at": now, "tries": placed.tries + 1}
    if not store.move_outbound_call(db, placed.ref, from_=(OutboundState.WAITING,), **spent):
        return Cancelled("no longer wanted")
    return _creation(placed, delivery)


def _creation(placed: Row[Any], delivery: Delivery) -> Ready:
    public_url = delivery.settings.public_url
    url = f"{public_url}/webhooks/voice/placed/{placed.ref}"

    def create(carrier: Carrier) -> Accepted:
        sid = carrier.create_call(
            to=placed.phone,
            from_=placed.line,
            url=url,
            status_callback=f"{url}/status",
            fallback_url=f"{public_url}/webhooks/voice/fallback",
            timeout_s=timeout_to_send_s(LEAD_RING_S),
            time_limit_s=delivery.settings.limits.call_time_limit_s,
            machine_detection="DetectMessageEnd" if placed.message else "Enable",
        )
        return Accepted(sid)

    return create


def _permission(db: Connection, placed: Row[Any], item: Item, delivery: Delivery, now: datetime) -> Permission:
    return permission(
        db,
        Channel.CALL,
        phone=E164(placed.phone),
        lead_id=placed.lead_id,
        now=now,
        asked_at=placed.asked_at,
        enrolment=placed.enrolment,
        wanted_at=item.created_at,
        hours=contact_hours(delivery.settings.cadences),
    )


def _hold(
    db: Connection, placed: Row[Any], permitted: Permission, limits: LimitsSettings, now: datetime
) -> Cancelled | PutOff | None:
    longest = timedelta(seconds=limits.call_time_limit_s)
    match permitted:
        case Barred(why):
            end_outbound_call(db, placed, OutboundResult.NOT_PERMITTED, now, why=why)
            return Cancelled(why)
        case NotBefore(at):
            return PutOff(at, "quiet hours")
        case _ if store.is_on_the_phone(db, lead_id=placed.lead_id, since=now - longest):
            return PutOff(now + ON_THE_PHONE_AGAIN, "is on the phone with us")
        case _:
            return None


def _cap(db: Connection, placed: Row[Any], limits: LimitsSettings, now: datetime) -> Cancelled | PutOff | None:
    """Checked in the transaction that spends (S3). Whoever was called often enough today is not called by and by."""
    most = limits.bot_calls_per_lead_per_day
    if store.count_placed(db, since=now - A_DAY, phone=placed.phone) >= most:
        why = f"was called {'once' if most == 1 else f'{most} times'} within a day"
        end_outbound_call(db, placed, OutboundResult.NOT_PERMITTED, now, why=why)
        return Cancelled(why)
    of_line = store.count_placed(db, since=now - A_SECOND, line=placed.line)
    of_all = store.count_placed(db, since=now - A_SECOND)
    if of_line >= limits.bot_calls_per_line_per_second or of_all >= limits.bot_calls_per_second:
        return PutOff(now + A_SECOND, "as many calls within a second as may be")
    return _spend(db, placed, limits, now)


def _spend(db: Connection, placed: Row[Any], limits: LimitsSettings, now: datetime) -> Cancelled | PutOff | None:
    """Who asked a moment ago to be called is not called out of the blue later; a cadence's call waits."""
    if placed.tries > 0:
        return None
    over = spend(db, Spent.CALLS, phone=E164(placed.phone), line=E164(placed.line), limits=limits, now=now)
    if over is None:
        return None
    if placed.enrolment is not None:
        return PutOff(over.until, over.why)
    end_outbound_call(db, placed, OutboundResult.NOT_PERMITTED, now, why=over.why)
    return Cancelled(over.why)


def after_bot_call(
    db: Connection, item: Item, answer: Answer | None, decision: DeliveryDecision, now: datetime
) -> None:
    placed = outbound_call_of(db, item)
    if placed is None:
        return
    match decision:
        case Sent() if isinstance(answer, Accepted):
            store.name_outbound_call(db, placed.ref, call=answer.sid)
        case TryAgain() | StopSender():
            # It was never made, so it does not count, and waits again.
            waiting = {"state": OutboundState.WAITING.value, "placed_at": None}
            store.move_outbound_call(db, placed.ref, from_=(OutboundState.PLACED,), **waiting)
        case GivenUp(why, meaning, code):
            if meaning is Meaning.BAD_NUMBER and code is not None:
                learn_bad_number(db, E164(placed.phone), code, now)
            end_outbound_call(db, placed, OutboundResult.FAILED, now, why=why)


def find_bot_call(delivery: Delivery, item: Item) -> Accepted | None:
    """Its own callbacks may have named it already."""
    with delivery.database.read() as db:
        placed = outbound_call_of(db, item)
        if placed is None:
            return None
        since = placed.placed_at or item.created_at
        known = store.known_placed_sids(db, phone=placed.phone, since=since - 2 * CLOCKS_DIFFER)
    if placed.call is not None:
        return Accepted(placed.call)
    sid = delivery.carrier.find_call(to=placed.phone, from_=placed.line, since=since, known=known)
    return None if sid is None else Accepted(sid)


def forget_bot_call(db: Connection, item: Item, now: datetime) -> None:
    """Never found, and never placed again (R6); the phone may be called for another reason."""
    placed = outbound_call_of(db, item)
    if placed is not None and placed.state == OutboundState.PLACED:
        end_outbound_call(db, placed, OutboundResult.UNKNOWN, now, why="the answer was lost, and it was never found")
