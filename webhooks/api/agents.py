"""Agents are read, and their two switches set: the same moves as their own texts; and how they want to be told."""

import re
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents.switches import AgentOptedOut, Off, On, next_shift_off, set_switches
from sami.domain.access.scopes import Scope
from sami.domain.agents.duty import OFF_MAX
from sami.domain.messages.notices import Quiet, Wishes
from sami.notices.preferences import set_wishes
from sami.store import pages
from sami.store.facts import Directory, read_directory
from sami.store.notices import wishes_of
from sami.store.senders import lock_agent
from webhooks.api.documents import agent_document, page_of
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import LINK, Operation
from webhooks.api.refusals import Conflict, FieldFault, InvalidFields
from webhooks.api.schemas.agents import Agent, AgentChange, Switch
from webhooks.api.schemas.leads import PageQuery
from webhooks.api.schemas.notices import TIME_OF_DAY, NoticesChange

AGENT_PATH = "/agents/<string:key>"


@answers(
    Operation(
        name="list_agents",
        method="GET",
        path="/agents",
        scope=Scope.AGENTS_READ,
        summary="List agents",
        answers={200: Agent},
        several=True,
        query=PageQuery,
        gives=LINK,
    )
)
def list_agents(context: ApiContext, query: PageQuery) -> Answer:
    with context.read() as db:
        rows, directory = pages.show_agents(db, after=query.cursor, limit=query.limit + 1), read_directory(db)
    page, link = page_of(rows, query.limit)
    return Answer([agent_document(row, directory, context.now) for row in page], headers=link)


@answers(
    Operation(
        name="read_agent",
        method="GET",
        path=AGENT_PATH,
        scope=Scope.AGENTS_READ,
        summary="Read an agent",
        answers={200: Agent},
    )
)
def read_agent(context: ApiContext, key: str) -> Answer:
    with context.read() as db:
        row, directory = require_row(pages.show_agent(db, key)), read_directory(db)
    return Answer(agent_document(row, directory, context.now))


@answers(
    Operation(
        name="change_agent",
        method="PATCH",
        path=AGENT_PATH,
        scope=Scope.AGENTS_WRITE,
        summary="Set an agent's switches, and how they are told",
        description=(
            "calls: may their phone ring; leads: may they be given leads. Either true, false, or an object with "
            "until. notices: how they are told what can wait. 409 for an agent who texted STOP, whom only their own ON "
            "puts on again."
        ),
        answers={200: Agent},
        body=AgentChange,
        refuses=(AgentOptedOut, Conflict),
    )
)
def change_agent(context: ApiContext, key: str, body: AgentChange) -> Answer:
    with context.begin() as db:
        directory, row = read_directory(db), locked_agent(db, key)
        calls = _calls(body.calls, row, directory, context.now)
        if body.calls is not None or body.leads is not None:
            leads = _wanted("leads", body.leads, context.now)
            set_switches(db, agent=row, calls=calls, leads=leads, by=context.who.by, now=context.now)
        if body.notices is not None:
            wishes = _wishes(body.notices, wishes_of(db, row.id))
            set_wishes(db, row.id, row.key, wishes, by=context.who.by, now=context.now)
        return Answer(agent_document(require_row(pages.show_agent(db, key)), directory, context.now))


def locked_agent(db: Connection, key: str) -> Row[Any]:
    """Raises NotFound, or Conflict for who is no longer active."""
    row = lock_agent(db, require_row(pages.show_agent(db, key)).id)
    assert row is not None, "agents are never removed"
    if not row.active:
        raise Conflict("This agent is no longer active.")
    return row


def _wishes(change: NoticesChange, before: Wishes) -> Wishes:
    channels = before.channels if change.channels is None else change.channels
    if "quiet" not in change.model_fields_set:
        return Wishes(channels, before.quiet)
    if change.quiet is None:
        return Wishes(channels)
    return Wishes(channels, Quiet(_time("from", change.quiet.from_), _time("to", change.quiet.to)))


def _time(field: str, written: str) -> time:
    if not re.fullmatch(TIME_OF_DAY, written):
        raise InvalidFields(FieldFault(f"notices.quiet.{field}", "is no time of day", "write it like 22:00"))
    return time.fromisoformat(written)


def _calls(switch: Switch | None, row: Row[Any], directory: Directory, now: datetime) -> On | Off | None:
    if switch is not None and not switch.on and "until" not in switch.model_fields_set:
        return next_shift_off(row, directory, now)
    return _wanted("calls", switch, now)


def _wanted(field: str, switch: Switch | None, now: datetime) -> On | Off | None:
    if switch is None:
        return None
    return On() if switch.on else Off(off_until(f"{field}.until", switch.until, now))


def off_until(field: str, until: datetime | None, now: datetime) -> datetime | None:
    if until is not None and not now < until <= now + OFF_MAX:
        right = f"write an instant within the next {OFF_MAX.days} days"
        raise InvalidFields(FieldFault(field, "is past or too far away", right))
    return until
