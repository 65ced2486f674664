"""The two ways a database fails us that are nobody's bug."""

from sami.errors import SamiError


class DatabaseAway(SamiError):
    """The database cannot be reached just now."""

    code = "database_away"
    status = 503


class DatabaseBusy(DatabaseAway):
    """The database is too busy just now."""

    code = "database_busy"
