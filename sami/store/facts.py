"""The frozen values that decisions look at, read from rows in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, Row, bindparam, or_, select

from sami.database.prepared_statements import Prepared
from sami.domain.agents.gates import AgentFacts
from sami.domain.language.hours import Schedule, is_open, next_opening, to_local
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164
from sami.domain.organisation.document import (
    ADMINS,
    ANSWER_FOR_ALL,
    Agent,
    Bot,
    Cadence,
    Line,
    Organisation,
    OrganisationFile,
    OutOfOffice,
    Role,
    Team,
)
from sami.store.leads import leads
from sami.store.people import agents, organisation_versions

_DOCUMENT = TypeAdapter(OrganisationFile)
_PUBLICATION = select(organisation_versions.c.version, organisation_versions.c.published_at)
_NEWEST = Prepared(_PUBLICATION.order_by(organisation_versions.c.version.desc()).limit(1))
_PUBLISHED = Prepared(_PUBLICATION.where(organisation_versions.c.version == bindparam("of_version")))
_DOCUMENT_OF = select(organisation_versions.c.document).where(
    organisation_versions.c.version == bindparam("of_version")
)
_ROSTER = Prepared(select(agents).order_by(agents.c.key))
_NAMED = or_(
    agents.c.id == leads.c.owner_id, agents.c.id == leads.c.last_spoke_with_id, agents.c.phone == leads.c.phone
)
_WITH_NAMED = Prepared(
    select(
        leads.c.id.label("lead_id"),
        leads.c.name.label("lead_name"),
        leads.c.stage.label("lead_stage"),
        leads.c.owner_id,
        leads.c.last_spoke_with_id,
        leads.c.last_spoke_at,
        *agents.c,
    )
    .join(agents, _NAMED)
    .where(leads.c.phone == bindparam("of_phone"), leads.c.owner_id.is_not(None))
)

DIRECTORIES_KEPT = 64
# Per engine: two databases in one process may count the same versions.
_directories: WeakKeyDictionary[Engine, dict[tuple[int, datetime], "Directory"]] = WeakKeyDictionary()

NOBODY = Organisation(name="this business", country="US", time_zone="UTC")


@dataclass(frozen=True)
class Directory:
    """One published version of the organisation, ready for look-ups."""

    version: int | None
    file: OrganisationFile

    @cached_property
    def organisation(self) -> Organisation:
        return self.file.organisation or NOBODY

    @cached_property
    def agents(self) -> Mapping[str, Agent]:
        return {agent.key: agent for agent in self.file.agents}

    @cached_property
    def teams(self) -> Mapping[str, Team]:
        return {team.key: team for team in self.file.teams}

    @cached_property
    def lines(self) -> Mapping[str, Line]:
        return {line.phone: line for line in self.file.lines}

    @cached_property
    def bots(self) -> Mapping[str, Bot]:
        return {bot.key: bot for bot in self.file.bots}

    @cached_property
    def cadences(self) -> Mapping[str, Cadence]:
        return {cadence.key: cadence for cadence in self.file.cadences}

    def bot_of(self, line: str) -> Bot | None:
        found = self.lines.get(line)
        return None if found is None else self.bots.get(found.bot)

    @cached_property
    def schedules(self) -> Mapping[str, Schedule]:
        return {agent.key: self._schedule(agent) for agent in self.file.agents}

    def schedule_of(self, agent_key: str) -> Schedule:
        return self.schedules.get(agent_key) or self._schedule(None)

    def _schedule(self, agent: Agent | None) -> Schedule:
        zone = (agent.time_zone if agent else None) or self.organisation.time_zone
        return Schedule(zone, agent.hours if agent else None, agent.holidays if agent else None)

    def clock(self, now: datetime) -> Clock:
        """The organisation's own, for what is written down for whoever reads it."""
        return Clock(now, self.organisation.time_zone)

    @cached_property
    def staff_line(self) -> E164 | None:
        """The line from which our own people are texted when no call decides it."""
        lines = self.file.lines
        chosen = next((line for line in lines if line.staff), lines[0] if lines else None)
        return None if chosen is None else E164(chosen.phone)

    @cached_property
    def public_line(self) -> E164 | None:
        """The line from which leads are texted when neither a call nor a text of theirs decides it."""
        lines = self.file.lines
        chosen = next((line for line in lines if not line.staff), lines[0] if lines else None)
        return None if chosen is None else E164(chosen.phone)

    @cached_property
    def _keys_by_role(self) -> Mapping[Role, frozenset[str]]:
        return {role: frozenset(agent.key for agent in self.file.agents if agent.role == role) for role in Role}

    @cached_property
    def licensed_states(self) -> frozenset[str]:
        """Where anybody of ours holds a licence."""
        return frozenset(state for agent in self.file.agents for state in agent.licences)

    def keys_with(self, *roles: Role) -> frozenset[str]:
        return frozenset().union(*(self._keys_by_role[role] for role in roles))

    def answers_for_all(self, key: str) -> bool:
        return key in self.keys_with(*ANSWER_FOR_ALL)

    def managers_among(self, roster: Iterable[AgentFacts]) -> tuple[AgentFacts, ...]:
        managers = self.keys_with(Role.MANAGER)
        return tuple(agent for agent in roster if agent.active and agent.key in managers)

    def admins_among(self, roster: Iterable[AgentFacts]) -> tuple[AgentFacts, ...]:
        """Who is told when nobody in particular is concerned: owners and admins, else the account's owner."""
        active = tuple(agent for agent in roster if agent.active)
        admins = self.keys_with(*ADMINS)
        found = tuple(agent for agent in active if agent.key in admins)
        return found or tuple(agent for agent in active if agent.key == self.organisation.account_owner)


EMPTY = Directory(None, OrganisationFile())


def read_directory(db: Connection, version: int | None = None) -> Directory:
    """The organisation in force, or as it was in the version a call began with (R16)."""
    published = _NEWEST.first(db, {}) if version is None else _PUBLISHED.first(db, {"of_version": version})
    if published is None:
        return EMPTY
    # A database that was put back may count its versions anew: the instant tells two versions of one number apart.
    known = _directories.get(db.engine, {}).get((published.version, published.published_at))
    return known or _load(db, published.version, published.published_at)


def _load(db: Connection, version: int, published_at: datetime) -> Directory:
    document = db.execute(_DOCUMENT_OF, {"of_version": version}).scalar_one()
    directory = Directory(version, _DOCUMENT.validate_python(document))
    kept = _directories.setdefault(db.engine, {})
    if len(kept) >= DIRECTORIES_KEPT:
        kept.pop(next(iter(kept)))
    kept[version, published_at] = directory
    return directory


def read_roster(
    db: Connection, directory: Directory, at: datetime, *, caller: str | None = None
) -> tuple[AgentFacts, ...]:
    """Every agent as they are at this instant, ordered by key."""
    return tuple(agent_facts(row, directory, at, caller) for row in _ROSTER.all(db, {}))


def owned_lead_with_agents(db: Connection, phone: str) -> list[Row[Any]]:
    """The owned lead of this phone, once for each agent it names, and for the agent whose own phone this is."""
    return _WITH_NAMED.all(db, {"of_phone": phone})


def agent_facts(row: Row[Any], directory: Directory, at: datetime, caller: str | None = None) -> AgentFacts:
    stated = directory.agents.get(row.key)
    schedule = directory.schedule_of(row.key)
    open_now = is_open(schedule, at)
    absences = () if stated is None else stated.out_of_office
    away = _absence(absences, schedule, at)
    return AgentFacts(
        id=row.id,
        key=row.key,
        name=row.name,
        phone=E164(row.phone),
        active=row.active,
        verified=row.verified,
        calls_on=row.calls_on or _is_over(row.calls_off_until, at),
        off_until=None if _is_over(row.calls_off_until, at) else row.calls_off_until,
        leads_on=row.leads_on or _is_over(row.leads_off_until, at),
        open_now=open_now,
        opens_at=None if open_now else next_opening(schedule, at),
        away_through=_away_through(away, absences),
        cover=away.cover if away else None,
        resting_until=row.resting_until,
        resting_why=row.resting_why,
        reserved_until=row.reserved_until,
        bridged=row.bridged,
        calling=row.phone == caller,
        opted_out=row.opted_out,
        skills=stated.skills if stated else (),
        screening=stated.screening if stated else True,
        idle_since=row.idle_since,
    )


def _absence(absences: tuple[OutOfOffice, ...], schedule: Schedule, at: datetime) -> OutOfOffice | None:
    if not absences:
        return None
    today = to_local(at, schedule.time_zone).date()
    return next((absence for absence in absences if absence.holds(today)), None)


def _away_through(away: OutOfOffice | None, absences: tuple[OutOfOffice, ...]) -> date | None:
    """One absence that begins as another ends is one to whoever waits for the agent."""
    if away is None:
        return None
    last = away.to
    for absence in sorted(absences, key=lambda absence: absence.from_):
        if absence.from_ <= last + timedelta(days=1):
            last = max(last, absence.to)
    return last


def _is_over(until: datetime | None, at: datetime) -> bool:
    return until is not None and until <= at
