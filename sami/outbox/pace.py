"""Texts of cadences leave one after the other: so many a second from a line, and from the account."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from sami.domain.outcomes.effects import SendText
from sami.outbox.items import Item
from sami.settings.sections import CadencesSettings
from sami.store import cadences, work

ACCOUNT = "account"
SECOND = timedelta(seconds=1)
QUEUE_MAX = timedelta(days=1)
KEPT_FOR = timedelta(minutes=1)


def wait_for_turn(
    db: Connection, item: Item, text: SendText, settings: CadencesSettings, now: datetime
) -> datetime | None:
    """None where it may leave now. A line's turns are given out ahead, so that a text is put off once and not often.

    Turns are spent in the transaction that lets the text leave. One that was not there in its turn asks anew.
    """
    turn_at = _turn_of(item, now) or _take_turn(db, text, settings, now)
    if turn_at > now:
        work.settle_outbox_item(db, item.id, payload={**item.payload, "turn_at": turn_at.isoformat()})
        return turn_at
    return _account_is_busy_until(db, settings, now)


def _turn_of(item: Item, now: datetime) -> datetime | None:
    given = item.payload.get("turn_at")
    turn_at = None if given is None else datetime.fromisoformat(given)
    return turn_at if turn_at is not None and turn_at > now - KEPT_FOR else None


def _take_turn(db: Connection, text: SendText, settings: CadencesSettings, now: datetime) -> datetime:
    gap = SECOND / settings.texts_per_line
    turn_at = cadences.take_turn(db, name=text.line, now=now, gap=gap, ahead=QUEUE_MAX)
    return now + QUEUE_MAX if turn_at is None else turn_at


def _account_is_busy_until(db: Connection, settings: CadencesSettings, now: datetime) -> datetime | None:
    """A second's allowance may leave at one instant, and no more until the second is over."""
    gap = SECOND / settings.texts_per_account
    burst = max(SECOND - gap, timedelta())
    taken = cadences.take_turn(db, name=ACCOUNT, now=now, gap=gap, ahead=burst)
    return now + SECOND if taken is None else None
