"""An agent says by text how they want to be told what can wait, and asks for what they were not told in full."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.audit.recording import record_change
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.actor import Actor, agent_by_text
from sami.domain.messages.notices import NoticeChannel, Quiet, Wishes, listed
from sami.domain.messages.wording.staff import notices
from sami.store.notices import mark_notice, save_wishes, show_notices, wishes_of

LOOKED_AT = 50


def list_notices(db: Connection, agent_id: int, now: datetime) -> str:
    """The oldest that were not read, as many as an answer holds; they are read then."""
    unread = show_notices(db, agent_id=agent_id, unread=True, after=0, limit=LOOKED_AT + 1)
    shown = unread[: listed([row.body for row in unread])] if unread else []
    for row in shown:
        mark_notice(db, row.id, read=True, at=now)
    return notices([row.body for row in shown], len(unread) - len(shown))


def wish_channels(db: Connection, agent: AgentFacts, channels: tuple[NoticeChannel, ...], now: datetime) -> Wishes:
    """None of them: as the admins wrote it."""
    return _by_text(db, agent, Wishes(channels, wishes_of(db, agent.id).quiet), now)


def wish_quiet(db: Connection, agent: AgentFacts, quiet: Quiet | None, now: datetime) -> Wishes:
    return _by_text(db, agent, Wishes(wishes_of(db, agent.id).channels, quiet), now)


def set_wishes(db: Connection, agent_id: int, key: str, wishes: Wishes, *, by: Actor, now: datetime) -> None:
    before, after = _plain(wishes_of(db, agent_id)), _plain(wishes)
    save_wishes(db, agent_id, wishes, at=now)
    record_change(db, "agent.notices", key, before=before, after=after, by=by, now=now)


def _by_text(db: Connection, agent: AgentFacts, wishes: Wishes, now: datetime) -> Wishes:
    set_wishes(db, agent.id, agent.key, wishes, by=agent_by_text(agent.key), now=now)
    return wishes


def _plain(wishes: Wishes) -> dict[str, Any]:
    quiet = wishes.quiet
    hours = None if quiet is None else f"{quiet.from_:%H:%M}-{quiet.to:%H:%M}"
    return {"channels": [channel.value for channel in wishes.channels], "quiet": hours}
