"""A database for tests of who wins and what is true in the end, not of how long anybody waits."""

from sami.database.engine import Database


def patient(url: str) -> Database:
    """On a machine with other work to do, a writer may stand in a queue for longer than a caller should wait."""
    return Database(url, deadline_s=60, lock_timeout_s=50, statement_timeout_s=50, pool_timeout_s=50)
