"""An agent says by text how they want to be told what can wait."""

from datetime import datetime

from sqlalchemy import Connection

from sami.domain.notices import NoticeChannel, Quiet, Wishes
from sami.store.notices import save_wishes, wishes_of


def wish_channels(db: Connection, agent_id: int, channels: tuple[NoticeChannel, ...], now: datetime) -> Wishes:
    """None of them: as the admins wrote it."""
    return _saved(db, agent_id, Wishes(channels, wishes_of(db, agent_id).quiet), now)


def wish_quiet(db: Connection, agent_id: int, quiet: Quiet | None, now: datetime) -> Wishes:
    return _saved(db, agent_id, Wishes(wishes_of(db, agent_id).channels, quiet), now)


def _saved(db: Connection, agent_id: int, wishes: Wishes, now: datetime) -> Wishes:
    save_wishes(db, agent_id, wishes, at=now)
    return wishes
