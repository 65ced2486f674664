"""A cadence is tried out on a lead, stored or made up: from its first step, or from where the lead stands in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cadences.definitions import steps_of
from cadences.enrolment import cadence_named
from cadences.preview import Ending, Moment, Setting, play
from cadences.reading import read_facts
from sami.domain.consent.permission import Channel
from sami.domain.leads.enrolments import OPEN_STATES, EnrolmentState
from sami.domain.organisation.document import Cadence
from sami.settings.sections import CadencesSettings
from sami.store.cadences import enrolments_of
from sami.store.facts import read_directory
from sami.store.recipients import read_recipients
from sami.store.texts import barred_until


@dataclass(frozen=True, slots=True)
class Tried:
    """`zones`: where the lead may live, the first of which the times are told in. `stands_at`: it is in it already."""

    cadence: Cadence
    zones: tuple[str, ...]
    began_at: datetime
    moments: tuple[Moment, ...]
    ending: Ending
    stands_at: int | None = None
    paused: bool = False


def try_out(
    db: Connection, key: str, lead: Any, settings: CadencesSettings, *, now: datetime, at: datetime | None = None
) -> Tried:
    """`lead` is a row, or a LeadRow that nobody stored (id 0). `at`: as if it were enrolled then.

    Raises NoSuchCadence.
    """
    open_one = None if at is not None or not lead.id else _open_enrolment(db, lead.id, key)
    directory = read_directory(db)
    of_version = directory if open_one is None else read_directory(db, open_one.version)
    cadence = cadence_named(of_version, key)
    began_at = at or max(now, _paused_until(open_one) or now)
    facts = read_facts(
        db,
        lead,
        steps_of(cadence),
        position=0 if open_one is None else open_one.position,
        step_from=began_at if open_one is None else open_one.step_from,
        directory=directory,
        settings=settings,
        now=began_at,
    )
    agents = {step.action.agent for step in facts.steps if step.action.agent is not None}
    recipients = read_recipients(db, owner_id=lead.owner_id, keys=agents, directory=directory, now=began_at)
    barred = (None, None) if lead.phone is None else _barred(db, lead.phone)
    setting = Setting(key, directory.organisation.name, recipients, directory.public_line, barred)
    told = list(play(facts, setting, began_at))
    (ending,) = (each for each in told if isinstance(each, Ending))
    return Tried(
        cadence,
        facts.zones,
        began_at,
        tuple(each for each in told if isinstance(each, Moment)),
        ending,
        None if open_one is None else open_one.position,
        paused=open_one is not None and open_one.state == EnrolmentState.PAUSED,
    )


def _open_enrolment(db: Connection, lead_id: int, key: str) -> Any:
    rows = enrolments_of(db, lead_id)
    return next((row for row in rows if row.cadence == key and row.state in OPEN_STATES), None)


def _paused_until(enrolment: Any) -> datetime | None:
    paused = enrolment is not None and enrolment.state == EnrolmentState.PAUSED
    return enrolment.paused_until if paused else None


def _barred(db: Connection, phone: str) -> tuple[datetime | None, datetime | None]:
    return barred_until(db, phone=phone, channel=Channel.TEXT), barred_until(db, phone=phone, channel=Channel.CALL)
