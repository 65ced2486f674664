"""Does a worker live, by when it last said so?"""

from datetime import datetime, timedelta

EVERY = timedelta(seconds=10)
MISSED_AFTER = timedelta(seconds=45)
"""Four that did not come: one may wait for a database that is busy."""


def is_alive(seen_at: datetime | None, now: datetime) -> bool:
    return seen_at is not None and now - seen_at <= MISSED_AFTER
