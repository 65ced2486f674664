"""Tasks that are due are said to be, late ones are told to managers, and actions that failed are tried again."""

from datetime import datetime

from sami.actions.running import try_again
from sami.database.engine import Database
from sami.outcomes.tasks import escalate, remind
from sami.store.facts import read_directory

AT_ONCE = 100


def look_after_tasks(database: Database, now: datetime) -> None:
    with database.begin() as db:
        remind(db, read_directory(db), now, limit=AT_ONCE)
    with database.begin() as db:
        escalate(db, read_directory(db), now, limit=AT_ONCE)


def retry_actions(database: Database, now: datetime) -> None:
    with database.begin() as db:
        try_again(db, read_directory(db), now, limit=AT_ONCE)
