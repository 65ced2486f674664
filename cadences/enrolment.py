"""What people do to enrolments: begin, hold back, go on, end. In the caller's transaction; each leaves its line."""

from datetime import datetime

from sqlalchemy import Connection

from sami.apply import apply
from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.enrolments import OPEN_STATES
from sami.domain.organisation.document import Cadence
from sami.domain.outcomes.effects import CancelCadences, Effect, Enrol, PauseCadences, WriteTimeline
from sami.errors import SamiError
from sami.store.cadences import enrolments_of, resume_enrolments
from sami.store.facts import Directory, read_directory
from sami.store.leads import lock_lead, lock_ownership


class NoSuchCadence(SamiError):
    """There is no such cadence; `sami cadences` lists them."""

    code = "cadence_unknown"
    status = 404


class NotInCadences(SamiError):
    """The lead is in no such cadence that could be changed so."""

    code = "not_enrolled"
    status = 409


def cadence_named(directory: Directory, key: str) -> Cadence:
    """Raises NoSuchCadence."""
    found = directory.cadences.get(key)
    if found is None:
        raise NoSuchCadence
    return found


def enrol(db: Connection, lead_id: int, key: str, *, by: Actor, now: datetime) -> bool:
    """False where the lead is in it already, which its timeline says. Raises NoSuchCadence."""
    cadence_named(read_directory(db), key)
    before = _open_in(db, lead_id)
    apply(db, [Enrol(lead_id, key, by)], now)
    if key not in before:
        record(db, Verb.ADDED, "cadence", lead_id, after={"cadences": [key]}, by=by, now=now)
    return key not in before


def pause(db: Connection, lead_id: int, *, until: datetime | None, by: Actor, why: str, now: datetime) -> list[str]:
    """The cadences that are held back now, all that the lead is in. Raises NotInCadences."""
    held = _change(db, lead_id, None, PauseCadences(lead_id, until, why, by), now)
    record(db, Verb.PAUSED, "cadence", lead_id, after={"cadences": held, "until": until}, by=by, now=now, why=why)
    return held


def cancel(db: Connection, lead_id: int, *, key: str | None, by: Actor, why: str, now: datetime) -> list[str]:
    """The cadences that ended: the one named, else all. Raises NotInCadences."""
    lock_ownership(db)  # Before the lead's row, as everywhere.
    ended = _change(db, lead_id, key, CancelCadences(lead_id, why, by, cadence=key), now)
    record(db, Verb.CANCELLED, "cadence", lead_id, before={"cadences": ended}, by=by, now=now, why=why)
    return ended


def resume(db: Connection, lead_id: int, *, key: str | None, by: Actor, why: str, now: datetime) -> list[str]:
    """The cadences that go on: the one named, else all that pause. What fell due meanwhile comes now."""
    lock_lead(db, lead_id)
    resumed = resume_enrolments(db, lead_id=lead_id, cadence=key, why=why, by=by, at=now)
    if not resumed:
        raise NotInCadences
    record(db, Verb.RESUMED, "cadence", lead_id, after={"cadences": resumed}, by=by, now=now, why=why)
    directory = read_directory(db)
    told = (f"{name_of(directory, each)} resumed by {by}" + (f": {why}" if why else "") for each in resumed)
    apply(db, [WriteTimeline(lead_id, "cadence", line) for line in told], now)
    return resumed


def name_of(directory: Directory, key: str) -> str:
    """As people call it; a cadence that is gone from the file is called by its key."""
    return directory.cadences.get(key, Cadence(key, key)).name


def _change(db: Connection, lead_id: int, key: str | None, effect: Effect, now: datetime) -> list[str]:
    enrolled = [found for found in _open_in(db, lead_id) if key in (None, found)]
    if not enrolled:
        raise NotInCadences
    apply(db, [effect], now)
    return enrolled


def _open_in(db: Connection, lead_id: int) -> list[str]:
    lock_lead(db, lead_id)
    return [row.cadence for row in enrolments_of(db, lead_id) if row.state in OPEN_STATES]
