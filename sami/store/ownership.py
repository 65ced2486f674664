"""What deciding about an owner reads: leads as inquiries, agents of a pool, what each of them already has."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from sami.domain.agents.gates import AgentFacts
from sami.domain.assignment.fitness import Load
from sami.domain.language.hours import start_of_day, to_local
from sami.domain.language.phone import E164, area_code_of
from sami.domain.leads.fields import Kind
from sami.domain.leads.inquiry import SAID, Inquiry
from sami.domain.leads.stages import OPEN_STAGES
from sami.domain.organisation.document import Caps
from sami.store.facts import Directory, agent_facts
from sami.store.leads import leads, open_leads_of, ownerships
from sami.store.people import agents
from sami.store.work import tasks

HOUR = timedelta(hours=1)
PAGE = 500
_SAID_ALONE = tuple(field.name for field in SAID if field.kind is not Kind.TAGS)


def inquiry_of(row: Row[Any], *, opted_out: bool, at: datetime) -> Inquiry:
    """The lead's row as rules see it."""
    later = row.do_not_contact_until is not None and row.do_not_contact_until > at
    return Inquiry(
        id=row.id,
        phone=None if row.phone is None else E164(row.phone),
        area_code=None if row.phone is None else area_code_of(E164(row.phone)),
        stage=row.stage,
        may_contact=not (opted_out or later),
        said_by_form=tuple(row.said_by_form),
        **{name: getattr(row, name) for name in _SAID_ALONE},
        tags=tuple(row.tags),
    )


def read_agents(
    db: Connection, directory: Directory, at: datetime, *, keys: Collection[str], owner_id: int | None = None
) -> tuple[AgentFacts, ...]:
    """These agents, and the one of this id, as they are at this instant, ordered by key."""
    wanted = agents.c.key.in_(keys) if owner_id is None else or_(agents.c.key.in_(keys), agents.c.id == owner_id)
    found = db.execute(select(agents).where(wanted).order_by(agents.c.key))
    return tuple(agent_facts(row, directory, at) for row in found)


def agent_keys_of(db: Connection, ids: Collection[int]) -> dict[int, str]:
    found = db.execute(select(agents.c.id, agents.c.key).where(agents.c.id.in_(ids)))
    return {row.id: row.key for row in found}


def loads_of(
    db: Connection, directory: Directory, pool: Collection[AgentFacts], at: datetime, *, by_load: bool
) -> dict[str, Load]:
    """What each agent of the pool has and may have; counted is only what a cap or the way to choose asks for."""
    caps = {agent.key: _caps(directory, agent.key) for agent in pool}
    counted = [agent.id for agent in pool if by_load or caps[agent.key].open_leads is not None]
    open_leads = open_leads_of(db, counted) if counted else {}
    open_tasks = _open_tasks(db, [agent.id for agent in pool]) if by_load else {}
    today = _given(db, {agent.id: midnight_of(directory, agent, at) for agent in pool if caps[agent.key].leads_per_day})
    hour = _given(db, {agent.id: at - HOUR for agent in pool if caps[agent.key].leads_per_hour})
    return {
        agent.key: Load(
            open_leads=open_leads.get(agent.id, 0),
            open_tasks=open_tasks.get(agent.id, 0),
            today=today.get(agent.id, 0),
            this_hour=hour.get(agent.id, 0),
            caps=caps[agent.key],
            licences=_licences(directory, agent.key),
        )
        for agent in pool
    }


def waiting_groups(db: Connection) -> list[Row[Any]]:
    """The kinds of leads that wait for somebody to become eligible: equal rule and equal state wait for the same."""
    waiting = leads.c.pond_since.is_not(None), leads.c.may_be_assigned
    kinds = select(leads.c.matched_rule, leads.c.state, func.min(leads.c.pond_since).label("since"))
    grouped = kinds.where(*waiting).group_by(leads.c.matched_rule, leads.c.state)
    return list(db.execute(grouped.order_by(func.min(leads.c.pond_since))))


def oldest_waiting(db: Connection, *, rule: str | None, state: str | None, limit: int) -> list[int]:
    """The ids of those that have waited longest."""
    of_kind = leads.c.matched_rule.is_not_distinct_from(rule), leads.c.state.is_not_distinct_from(state)
    waiting = select(leads.c.id).where(leads.c.pond_since.is_not(None), leads.c.may_be_assigned, *of_kind)
    return list(db.execute(waiting.order_by(leads.c.pond_since, leads.c.id).limit(limit)).scalars())


def leads_of_inactive(db: Connection, *, limit: int) -> list[int]:
    """Open leads whose owner is no longer an active agent."""
    orphaned = select(leads.c.id).join(agents, agents.c.id == leads.c.owner_id).where(agents.c.active.is_(False))
    return list(db.execute(orphaned.where(leads.c.stage.in_(OPEN_STAGES)).order_by(leads.c.id).limit(limit)).scalars())


def agent_rows(db: Connection) -> list[Row[Any]]:
    """Every agent there ever was, ordered by key."""
    return list(db.execute(select(agents).order_by(agents.c.key)))


def leads_received(db: Connection, *, since: datetime, until: datetime) -> Iterator[Row[Any]]:
    """The leads in the order in which they came, each with `first_owner_id`, its first owner."""
    given = select(ownerships.c.to_id).where(ownerships.c.lead_id == leads.c.id, ownerships.c.to_id.is_not(None))
    owner = given.order_by(ownerships.c.id).limit(1).scalar_subquery()
    came = leads.c.created_at >= since, leads.c.created_at < until
    statement = select(leads, owner.label("first_owner_id")).where(*came).order_by(leads.c.created_at, leads.c.id)
    yield from db.execute(statement.execution_options(yield_per=PAGE))


def count_received(db: Connection, *, since: datetime, until: datetime) -> int:
    came = leads.c.created_at >= since, leads.c.created_at < until
    return int(db.execute(select(func.count()).select_from(leads).where(*came)).scalar_one())


def opening_loads(db: Connection, *, before: datetime) -> dict[int, int]:
    """How many leads that came before an instant, and are open today, each agent owns."""
    old = leads.c.created_at < before, leads.c.stage.in_(OPEN_STAGES), leads.c.owner_id.is_not(None)
    counted = select(leads.c.owner_id, func.count().label("held")).where(*old).group_by(leads.c.owner_id)
    return {row.owner_id: row.held for row in db.execute(counted)}


def _open_tasks(db: Connection, agent_ids: Collection[int]) -> dict[int, int]:
    mine = tasks.c.owner_id.in_(agent_ids), tasks.c.state == "open"
    counted = select(tasks.c.owner_id, func.count().label("held")).where(*mine).group_by(tasks.c.owner_id)
    return {row.owner_id: row.held for row in db.execute(counted)}


def _given(db: Connection, since: Mapping[int, datetime]) -> dict[int, int]:
    """How many leads each agent was given since their own instant; leads moved in bulk do not count."""
    if not since:
        return {}
    each = [and_(ownerships.c.to_id == agent, ownerships.c.at >= start) for agent, start in since.items()]
    given = select(ownerships.c.to_id, func.count().label("held")).where(or_(*each), ownerships.c.batch.is_(None))
    return {row.to_id: row.held for row in db.execute(given.group_by(ownerships.c.to_id))}


def midnight_of(directory: Directory, agent: AgentFacts, at: datetime) -> datetime:
    zone = directory.schedule_of(agent.key).time_zone
    return start_of_day(to_local(at, zone).date(), zone)


def _caps(directory: Directory, key: str) -> Caps:
    stated = directory.agents.get(key)
    return stated.caps if stated else Caps()


def _licences(directory: Directory, key: str) -> tuple[str, ...]:
    stated = directory.agents.get(key)
    return stated.licences if stated else ()
