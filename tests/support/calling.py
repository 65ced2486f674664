"""A call played at the services alone, second by second, for tests of what is known of it afterwards."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Row

from sami.calls import inbound, legs
from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.calls.legs import LegReport
from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.domain.calls.instructions import Instruction
from sami.domain.calls.signals import QueueEnded
from sami.domain.delivery.carrier_words import CallStatus, QueueResult
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.organisation.applying import apply_file
from sami.store import calls as store
from tests.support.cast import LEE, LINE

SETTINGS = CallSettings()
_published = count(1)  # Versions are known by their instants, across every database that this process opens.
TUESDAY_10 = datetime(2026, 3, 3, 16, 0, 0, tzinfo=UTC)  # 10:00 in Chicago, a working day.


class Calling:
    """One call; `after` counts seconds from its arrival."""

    def __init__(self, database: Database, organisation: str, sid: str = "CA1") -> None:
        self.database = database
        self.sid = sid
        with database.begin() as db:
            apply_file(
                db, organisation, prune=False, by=person("test"), now=at(-86_400) + timedelta(seconds=next(_published))
            )

    def arrive(self, caller: str | None = LEE, after: int = 0) -> Instruction:
        arrival = Arrival(self.sid, E164(LINE), None if caller is None else E164(caller))
        with self.database.begin() as db:
            return inbound.begin_call(db, arrival, SETTINGS, at(after)).instruction

    def ringing(self, name: str, after: int) -> None:
        self._report(name, LegReport(CallStatus.RINGING, at(after), leg_sid=f"{self.sid}-{name}"), after)

    def in_progress(self, name: str, after: int) -> None:
        self._report(name, LegReport(CallStatus.IN_PROGRESS, at(after), leg_sid=f"{self.sid}-{name}"), after)

    def pick_up(self, name: str, after: int) -> None:
        with self.database.begin() as db:
            legs.answer_leg(db, self._attempt(name).ref, f"{self.sid}-{name}", SETTINGS, at(after))

    def press(self, name: str, digits: str, after: int) -> None:
        with self.database.begin() as db:
            legs.press_key(db, self._attempt(name).ref, digits, SETTINGS, at(after))

    def leg_ends(self, name: str, status: str, after: int) -> None:
        self._report(name, LegReport(CallStatus(status), at(after)), after)

    def dial_ends(self, status: str, after: int, *, bridged: bool = False, caller_left: bool = False) -> Instruction:
        report = DialReport(bridged, CallStatus(status), caller_left)
        with self.database.begin() as db:
            return inbound.end_dial(db, self.sid, self._turn(), report, SETTINGS, at(after)).instruction

    def queue_ends(self, result: str, after: int, *, caller_left: bool = False) -> Instruction:
        signal = QueueEnded(self._turn(), QueueResult(result), caller_left)
        with self.database.begin() as db:
            return inbound.end_queue(db, self.sid, signal, SETTINGS, at(after)).instruction

    def hang_up(self, after: int) -> None:
        with self.database.begin() as db:
            inbound.end_call(db, self.sid, SETTINGS, at(after))

    def decisions(self) -> list[Row[Any]]:
        with self.database.read() as db:
            call = store.find_call(db, self.sid)
            return [] if call is None else store.decisions_of(db, call.id)

    def _report(self, name: str, report: LegReport, after: int) -> None:
        with self.database.begin() as db:
            legs.report_leg(db, self._attempt(name).ref, report, SETTINGS, at(after))

    def _turn(self) -> int:
        return int(self.attempts()[-1].turn)

    def _attempt(self, name: str) -> Row[Any]:
        """The newest attempt at the phone of whom this name begins."""
        found: Row[Any] = next(attempt for attempt in reversed(self.attempts()) if attempt.name.startswith(name))
        return found

    def attempts(self) -> list[Row[Any]]:
        with self.database.read() as db:
            call = store.find_call(db, self.sid)
            return [] if call is None else store.attempts_of(db, call.id)


def at(after: int) -> datetime:
    return TUESDAY_10 + timedelta(seconds=after)


def missed_call(calling: Calling) -> None:
    """Ana's phone rings out, Ben passes, the front desk is busy, and nobody is left."""
    calling.arrive()
    calling.ringing("Ana", 1)
    calling.dial_ends("no-answer", 21)
    calling.ringing("Ben", 23)
    calling.pick_up("Ben", 28)
    calling.press("Ben", "2", 31)
    calling.queue_ends("leave", 33)
    calling.dial_ends("busy", 36)
    calling.hang_up(60)


def answered_call(calling: Calling) -> None:
    """Ana is busy, Ben takes the call and talks for a minute."""
    calling.arrive()
    calling.dial_ends("busy", 2)
    calling.ringing("Ben", 4)
    calling.pick_up("Ben", 9)
    calling.press("Ben", "1", 12)
    calling.queue_ends("bridged", 72)
    calling.hang_up(72)
