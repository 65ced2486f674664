"""Is what we say by ourselves to people outside stopped, until a person lifts that?"""

from collections.abc import Iterator

from sqlalchemy import Connection

from sami.doctor.check import Check, fine, wrong
from sami.store.caps import standing_stops

NAME = "limits"


def check_limits(db: Connection) -> Iterator[Check]:
    stops = standing_stops(db)
    if not stops:
        yield fine(NAME, "No cap has stopped texts or bot calls to leads.")
    for stop in stops:
        sentence = f"{stop.kind.capitalize()} to leads are stopped since {stop.at:%Y-%m-%d %H:%M} UTC: {stop.why}."
        yield wrong(NAME, sentence, f"When you have seen who they went to: `sami limits lift {stop.kind}`.")
