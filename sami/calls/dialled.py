"""What a <Dial> of ours came to, heard at once or late from the spool: each of its phones gets its word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.calls import endings
from sami.calls.attempts import settle
from sami.calls.transaction import LiveCall
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.delivery.carrier_words import CallStatus
from sami.store import calls as store


@dataclass(frozen=True, slots=True)
class DialReport:
    """What Twilio says at a <Dial action>. `leg_sid` is the leg that was answered, `talk_s` its seconds, if one was."""

    bridged: bool
    status: CallStatus | None
    caller_left: bool
    leg_sid: str | None = None
    talk_s: int = 0

    @property
    def was_picked_up(self) -> bool:
        return self.bridged or self.status is CallStatus.COMPLETED


def settle_dial(db: Connection, call: LiveCall, turn: int, report: DialReport, now: datetime) -> Row[Any] | None:
    """The phone whose person was joined to the caller, if one was."""
    assert call.id is not None, "a call that dialled has a row"
    rung = [a for a in store.attempts_of(db, call.id) if a.turn == turn and a.way == "dial"]
    the_one, answered = _the_one(rung, report), None
    for attempt in rung:
        news = _its_news(attempt, report, now) if attempt is the_one else _other_news(attempt, report)
        goes_on = report.caller_left and endings.may_go_on(call, attempt)
        ended = settle(db, call, attempt, now, leg_goes_on=goes_on, **news)
        if ended is AttemptEnd.ACCEPTED:
            answered = attempt
        if report.bridged and ended is AttemptEnd.ERROR:
            endings.alert_disagreement(call, attempt)
    return answered


def conclude_dial(db: Connection, call: LiveCall, turn: int, report: DialReport, now: datetime) -> bool:
    """Like `settle_dial`, with what follows for the call. True where a person was joined."""
    answered = settle_dial(db, call, turn, report, now)
    if answered is not None:
        endings.succeed(db, call, answered, now)
    return answered is not None


def _the_one(rung: Sequence[Row[Any]], report: DialReport) -> Row[Any] | None:
    """The agent whose leg this is about; where its own report was lost, the only one it can be."""
    named = [attempt for attempt in rung if report.leg_sid is not None and attempt.leg_sid == report.leg_sid]
    unnamed = [attempt for attempt in rung if attempt.leg_sid is None]
    for possible in (named, rung, unnamed if report.bridged else []):
        if len(possible) == 1:
            return possible[0]
    return None


def _its_news(attempt: Row[Any], report: DialReport, now: datetime) -> dict[str, Any]:
    status = report.status if attempt.leg_status is None else attempt.leg_status
    leg_sid = report.leg_sid or attempt.leg_sid
    news = {"caller_left": report.caller_left, "bridged": report.bridged, "leg_status": status, "leg_sid": leg_sid}
    if report.talk_s:
        news["spoke_from"] = max(attempt.offered_at, now - timedelta(seconds=report.talk_s))
    return news


def _other_news(attempt: Row[Any], report: DialReport) -> dict[str, Any]:
    """Who rang beside whoever picked up was let go then, however late the network says so: nobody missed anything."""
    status = attempt.leg_status or CallStatus.NO_ANSWER
    if report.was_picked_up and status == CallStatus.NO_ANSWER:
        status = CallStatus.CANCELED
    return {"caller_left": report.caller_left, "taken": report.was_picked_up, "leg_status": status}
