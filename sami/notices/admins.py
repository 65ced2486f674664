"""Whoever may put it right hears of it, in the app and by text."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.outcomes.effects import SendText, TellInApp
from sami.store.facts import Directory
from sami.store.recipients import read_recipients


def tell_admins(db: Connection, body: str, occasion: str, *, directory: Directory, now: datetime) -> None:
    """Once for each occasion and admin, however often it is told."""
    for admin in read_recipients(db, owner_id=None, keys=(), directory=directory, now=now).admins:
        key = f"{occasion}/notice/{admin.key}"
        apply(db, [TellInApp(admin.id, body, f"{key}/app")], now)
        if directory.staff_line is not None:
            apply(db, [SendText(admin.phone, directory.staff_line, body, key, agent_id=admin.id)], now)
