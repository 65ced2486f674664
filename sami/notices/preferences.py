"""An agent says by text how they want to be told what can wait, and asks for what they were not told in full."""

from datetime import datetime

from sqlalchemy import Connection

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


def wish_channels(db: Connection, agent_id: int, channels: tuple[NoticeChannel, ...], now: datetime) -> Wishes:
    """None of them: as the admins wrote it."""
    return _saved(db, agent_id, Wishes(channels, wishes_of(db, agent_id).quiet), now)


def wish_quiet(db: Connection, agent_id: int, quiet: Quiet | None, now: datetime) -> Wishes:
    return _saved(db, agent_id, Wishes(wishes_of(db, agent_id).channels, quiet), now)


def _saved(db: Connection, agent_id: int, wishes: Wishes, now: datetime) -> Wishes:
    save_wishes(db, agent_id, wishes, at=now)
    return wishes
