"""One rung phone: news of it is written down, and its agent is free when it is no longer in use."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents.misses_and_rests import end_offer, end_talk, free_agent, take_back_miss
from sami.calls.transaction import LiveCall, word_for
from sami.domain.agents.attempt_end import MISSES, AttemptEnd
from sami.domain.calls.attempts import offer_ends_at
from sami.store import calls as store

_IN_HAND = (AttemptEnd.ACCEPTED, AttemptEnd.LOST_AFTER_ACCEPT)  # Who had the phone in their hand to talk.


def note(db: Connection, attempt: Row[Any], **news: Any) -> None:
    """Write what was learned; what is known already is never overwritten with nothing."""
    if news:
        store.update_attempt(db, attempt.id, **news)


def settle(
    db: Connection, call: LiveCall, attempt: Row[Any], at: datetime, *, leg_goes_on: bool = False, **news: Any
) -> AttemptEnd:
    """The attempt is over. The word is read from all evidence, so that the order of the news does not matter (R4).

    `leg_goes_on`: the phone may still ring, or somebody listen to why it rang. Its agent is free when the leg is heard
    to be over, or when the reservation ends by itself: before that, another caller would ring a phone in use (R8).
    """
    ended = word_for(attempt, **news)
    if ended is AttemptEnd.ACCEPTED:
        joined_at = (
            attempt.joined_at or attempt.accepted_at or attempt.picked_up_at or news.pop("spoke_from", None) or at
        )
        # On an unscreened phone being joined is the acceptance.
        news |= {"joined_at": joined_at, "accepted_at": attempt.accepted_at or joined_at}
    news.pop("spoke_from", None)
    note(db, attempt, ended=ended.value, ended_at=attempt.ended_at or _ended_at(attempt, ended, at), **news)
    if attempt.agent_id is not None:
        if not leg_goes_on or attempt.leg_status is not None:
            _free_agent(db, call, attempt, ended, at)
        _end_offer(db, call, attempt, ended, at)
    return ended


def _ended_at(attempt: Row[Any], ended: AttemptEnd, at: datetime) -> datetime:
    """News of an offer that nobody took may come when it has long been over."""
    return at if ended in _IN_HAND else min(at, offer_ends_at(attempt.offered_at, attempt.ring_s))


def _free_agent(db: Connection, call: LiveCall, attempt: Row[Any], ended: AttemptEnd, at: datetime) -> None:
    if ended in _IN_HAND:
        wrap_up_s = call.directory.organisation.wrap_up
        was_let_go = attempt.ended not in (None, ended)
        end_talk(db, agent_id=attempt.agent_id, call=call.sid, wrap_up_s=wrap_up_s, at=at, was_let_go=was_let_go)
    free_agent(db, attempt, call=call.sid)


def _end_offer(db: Connection, call: LiveCall, attempt: Row[Any], ended: AttemptEnd, at: datetime) -> None:
    """Side effects of the first word; later ones give an hour off that was asked for, and take back misses (R25)."""
    if call.progress.asked_by is not None or attempt.ended == ended:
        return  # Of who asked for the call themselves nobody else wanted anything.
    offer: Any = {
        "agent_id": attempt.agent_id,
        "call": call.sid,
        "line": call.line,
        "directory": call.directory,
        "at": at,
    }
    if attempt.ended in MISSES and ended not in MISSES:
        call.effects += take_back_miss(db, **offer)
    if attempt.ended is None or ended is AttemptEnd.SNOOZED:
        call.effects += end_offer(db, ended=ended, **offer)
