"""One rung phone: news of it is written down, and the first word that it is over frees its agent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents import end_offer, end_talk
from sami.calls.live import LiveCall, word_for
from sami.domain.attempts import AttemptEnd
from sami.store import calls as store


def note(db: Connection, attempt: Row[Any], **news: Any) -> None:
    """Write what was learned; what is known already is never overwritten with nothing."""
    if news:
        store.update_attempt(db, attempt.id, **news)


def settle(db: Connection, call: LiveCall, attempt: Row[Any], at: datetime, **news: Any) -> AttemptEnd:
    """The attempt is over. The word is read from all evidence, so that the order of the news does not matter (R4)."""
    ended = word_for(attempt, **news)
    if ended is AttemptEnd.ACCEPTED:
        joined_at = (
            attempt.joined_at or attempt.accepted_at or attempt.picked_up_at or news.pop("spoke_from", None) or at
        )
        # On an unscreened phone being joined is the acceptance.
        news |= {"joined_at": joined_at, "accepted_at": attempt.accepted_at or joined_at}
    news.pop("spoke_from", None)
    note(db, attempt, ended=ended.value, ended_at=attempt.ended_at or at, **news)
    if attempt.agent_id is not None:
        _free_agent(db, call, attempt, ended, at)
    return ended


def _free_agent(db: Connection, call: LiveCall, attempt: Row[Any], ended: AttemptEnd, at: datetime) -> None:
    if ended in (AttemptEnd.ACCEPTED, AttemptEnd.LOST_AFTER_ACCEPT):  # Both had the phone in their hand to talk.
        wrap_up_s = call.directory.organisation.wrap_up
        was_let_go = attempt.ended not in (None, ended)
        end_talk(db, agent_id=attempt.agent_id, call=call.sid, wrap_up_s=wrap_up_s, at=at, was_let_go=was_let_go)
    if attempt.ended is None:
        call.effects += end_offer(
            db,
            agent_id=attempt.agent_id,
            call=call.sid,
            ended=ended,
            line=call.line,
            directory=call.directory,
            at=at,
        )
