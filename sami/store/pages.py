"""What is read out page by page: leads with owner and consent, their stories, and tasks. Pages begin past an id."""

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from sami.domain.assignment.batches import LeadFilter
from sami.domain.consent.permission import Channel
from sami.store.lead_filters import leads_that_fit
from sami.store.leads import leads, ownerships, timeline
from sami.store.notices import notice_preferences
from sami.store.people import agents
from sami.store.texts import consents, do_not_contact
from sami.store.work import tasks

_TEXT_BAR, _CALL_BAR = do_not_contact.alias("text_bar"), do_not_contact.alias("call_bar")
_SHOWN_LEADS = (
    select(
        leads,
        _TEXT_BAR.c.at.label("texts_barred_at"),
        _TEXT_BAR.c.until.label("texts_barred_until"),
        _CALL_BAR.c.at.label("calls_barred_at"),
        _CALL_BAR.c.until.label("calls_barred_until"),
        agents.c.key.label("owner_key"),
        agents.c.name.label("owner_name"),
        consents.c.state.label("consent"),
    )
    .outerjoin(agents, agents.c.id == leads.c.owner_id)
    .outerjoin(consents, consents.c.phone == leads.c.phone)
    .outerjoin(_TEXT_BAR, and_(_TEXT_BAR.c.phone == leads.c.phone, _TEXT_BAR.c.channel == Channel.TEXT))
    .outerjoin(_CALL_BAR, and_(_CALL_BAR.c.phone == leads.c.phone, _CALL_BAR.c.channel == Channel.CALL))
)
_SHOWN_TASKS: Select[Any] = select(tasks, agents.c.key.label("owner_key")).outerjoin(
    agents, agents.c.id == tasks.c.owner_id
)
_FROM, _TO = agents.alias("agent_from"), agents.alias("agent_to")


def show_lead(db: Connection, lead_id: int) -> Row[Any] | None:
    """The lead with `owner_key`, `owner_name` and `consent`."""
    return db.execute(_SHOWN_LEADS.where(leads.c.id == lead_id)).first()


def show_lead_by_phone(db: Connection, phone: str) -> Row[Any] | None:
    return db.execute(_SHOWN_LEADS.where(leads.c.phone == phone)).first()


def show_lead_by_email(db: Connection, email: str) -> Row[Any] | None:
    return db.execute(_SHOWN_LEADS.where(leads.c.email == email)).first()


def show_leads(db: Connection, wanted: LeadFilter, *, owner_id: int | None, after: int, limit: int) -> list[Row[Any]]:
    """`owner_id` is whom the filter's owner means."""
    fitting = leads.c.id > after, *leads_that_fit(db, wanted, owner_id)
    return list(db.execute(_SHOWN_LEADS.where(*fitting).order_by(leads.c.id).limit(limit)))


def newest_entry(db: Connection, lead_id: int) -> Row[Any]:
    """The line of the lead's timeline that was just written."""
    mine = select(timeline).where(timeline.c.lead_id == lead_id)
    return db.execute(mine.order_by(timeline.c.id.desc()).limit(1)).one()


def timeline_of(db: Connection, lead_id: int, *, after: int, limit: int) -> list[Row[Any]]:
    told = timeline.c.lead_id == lead_id, timeline.c.id > after
    return list(db.execute(select(timeline).where(*told).order_by(timeline.c.id).limit(limit)))


def history_of(db: Connection, lead_id: int, *, after: int, limit: int) -> list[Row[Any]]:
    """Changes of owner, with `from_key` and `to_key`."""
    changes: Select[Any] = (
        select(ownerships, _FROM.c.key.label("from_key"), _TO.c.key.label("to_key"))
        .outerjoin(_FROM, _FROM.c.id == ownerships.c.from_id)
        .outerjoin(_TO, _TO.c.id == ownerships.c.to_id)
        .where(ownerships.c.lead_id == lead_id, ownerships.c.id > after)
    )
    return list(db.execute(changes.order_by(ownerships.c.id).limit(limit)))


def show_tasks(
    db: Connection,
    *,
    lead_id: int | None,
    owner_id: int | None,
    unowned: bool,
    state: str | None,
    after: int,
    limit: int,
) -> list[Row[Any]]:
    """Tasks that fit every filter given, with `owner_key`; `unowned`: those of the admins' queue."""
    wanted = [tasks.c.id > after]
    if lead_id is not None:
        wanted.append(tasks.c.lead_id == lead_id)
    if owner_id is not None:
        wanted.append(tasks.c.owner_id == owner_id)
    if unowned:
        wanted.append(tasks.c.owner_id.is_(None))
    if state is not None:
        wanted.append(tasks.c.state == state)
    return list(db.execute(_SHOWN_TASKS.where(*wanted).order_by(tasks.c.id).limit(limit)))


def show_task(db: Connection, task_id: int) -> Row[Any] | None:
    return db.execute(_SHOWN_TASKS.where(tasks.c.id == task_id)).first()


_WISHES = notice_preferences.c.channels, notice_preferences.c.quiet_from, notice_preferences.c.quiet_to
_SHOWN_AGENTS: Select[Any] = select(agents, *_WISHES).outerjoin(
    notice_preferences, notice_preferences.c.agent_id == agents.c.id
)


def show_agents(db: Connection, *, after: int, limit: int) -> list[Row[Any]]:
    """With how each wants to be told: `channels`, `quiet_from` and `quiet_to`, null where they never said."""
    return list(db.execute(_SHOWN_AGENTS.where(agents.c.id > after).order_by(agents.c.id).limit(limit)))


def show_agent(db: Connection, key: str) -> Row[Any] | None:
    return db.execute(_SHOWN_AGENTS.where(agents.c.key == key)).first()
