"""Notices in the app, or by the channels that whoever is told chose instead."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.apply.items import outbox_item
from sami.domain.language.phone import E164
from sami.domain.messages.notices import NoticeChannel, by_channels, notice_of
from sami.domain.outcomes.effects import SendEmail, SendText, TellInApp
from sami.store.facts import read_directory
from sami.store.notices import insert_notice, wishes_of
from sami.store.people import find_agents


def notify_in_app(db: Connection, effect: TellInApp, now: datetime) -> list[dict[str, Any]]:
    """The outbox items that say it, where the app is not how they want to hear what can wait."""
    if effect.can_wait:
        wishes = wishes_of(db, effect.agent_id)
        if wishes.refuse(NoticeChannel.APP):
            return _items(db, effect, wishes.channels, now)
    insert_notice(
        db,
        dedupe_key=effect.dedupe_key,
        agent_id=effect.agent_id,
        body=effect.body,
        call=effect.call,
        lead_id=effect.lead_id,
        at=now,
    )
    return []


def _items(
    db: Connection, effect: TellInApp, channels: tuple[NoticeChannel, ...], now: datetime
) -> list[dict[str, Any]]:
    (agent,) = find_agents(db, ids=(effect.agent_id,))
    notice = notice_of(effect, effect.agent_id)
    said = by_channels(notice, channels, E164(agent.phone), read_directory(db).staff_line)
    return [outbox_item(each, now) for each in said if isinstance(each, SendText | SendEmail)]
