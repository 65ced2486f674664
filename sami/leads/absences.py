"""Somebody is back from an absence: what the policy gave to their cover meanwhile may be given to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row

from sami.domain.language.actor import Actor
from sami.domain.language.hours import end_of_day, start_of_day, to_local
from sami.domain.language.trace import Finding, Reason
from sami.domain.leads.stages import OPEN_STAGES
from sami.domain.organisation.document import OutOfOffice
from sami.leads.bulk import write_plan
from sami.leads.recipients import require_agent
from sami.leads.refusals import NoAbsence, StillAway
from sami.store import batches, leads
from sami.store.explanations import find_decision
from sami.store.facts import Directory, read_directory
from sami.store.leads_history import newest_change
from sami.store.people import find_agents

_TRACE = TypeAdapter(tuple[Finding, ...])


@dataclass(frozen=True, slots=True)
class GiveBack:
    """What stands to be given back: how many leads, from whose hands, and the dates of the absence."""

    count: int
    cover: str
    absence: OutOfOffice


def preview_give_back(db: Connection, *, agent: str, now: datetime) -> GiveBack:
    """What `plan_give_back` would move. Raises as it does."""
    _, absence, given = _meant(db, agent, now)
    cover = absence.cover
    assert cover is not None, "an absence without a cover is none of these"
    return GiveBack(len(list(given)), cover, absence)


def plan_give_back(
    db: Connection, *, agent: str, by: Actor, now: datetime, reason: str | None = None, notify: bool = True
) -> str:
    """A batch of the leads that are still open and still where the policy put them when this agent was away.

    Carried out and undone as any other. Raises AgentUnknown, AgentInactive, StillAway or NoAbsence.
    """
    returned, absence, given = _meant(db, agent, now)
    entries = [{"lead_id": lead.id, "before": {"owner_id": lead.owner_id}, "to_id": returned.id} for lead in given]
    title = f"back to {agent} from {absence.cover}, {absence.from_.isoformat()} to {absence.to.isoformat()}"
    why = reason or f"{returned.name} is back"
    return write_plan(db, entries, kind="absence", title=title, reason=why, by=by, notify=notify, now=now)


def _meant(db: Connection, key: str, now: datetime) -> tuple[Row[Any], OutOfOffice, Iterator[Row[Any]]]:
    returned = require_agent(db, key)
    directory = read_directory(db)
    absence = _last_absence(directory, key, now)
    return returned, absence, _given_meanwhile(db, returned, absence, directory)


def _last_absence(directory: Directory, key: str, now: datetime) -> OutOfOffice:
    stated = directory.agents.get(key)
    today = to_local(now, directory.schedule_of(key).time_zone).date()
    absences = stated.out_of_office if stated else ()
    if any(absence.holds(today) for absence in absences):
        raise StillAway
    over = [absence for absence in absences if absence.to < today and absence.cover is not None]
    if not over:
        raise NoAbsence
    return max(over, key=lambda absence: absence.to)


def _given_meanwhile(
    db: Connection, returned: Row[Any], absence: OutOfOffice, directory: Directory
) -> Iterator[Row[Any]]:
    zone = directory.schedule_of(returned.key).time_zone
    since, until = start_of_day(absence.from_, zone), end_of_day(absence.to, zone)
    for cover in find_agents(db, keys=(absence.cover or "",)):
        for change in batches.given_within(db, to_id=cover.id, since=since, until=until):
            lead = leads.find_lead(db, change.lead_id)
            if lead is None or lead.owner_id != cover.id or lead.stage not in OPEN_STAGES:
                continue
            newest = newest_change(db, change.lead_id)
            if newest is not None and newest.id == change.id and _stood_in(db, change, returned.key, cover.key):
                yield lead


def _stood_in(db: Connection, change: Row[Any], absent: str, cover: str) -> bool:
    """The decision behind the change chose the cover because this agent was away."""
    decision = find_decision(db, change.decision)
    if decision is None:
        return False
    found = {(finding.subject, finding.reason) for finding in _TRACE.validate_json(decision.trace)}
    return (cover, Reason.COVERS) in found and (absent, Reason.OUT_OF_OFFICE) in found
