"""An agent is put off for a while, or on again: one switch as a thing that is there or is not."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.agents.switches import AgentOptedOut, Off, On, next_shift_off, set_switches
from sami.domain.access.scopes import Scope
from sami.domain.messages.staff_keywords import SwitchOff, read_text
from sami.store import pages
from sami.store.facts import Directory, read_directory
from webhooks.api.agents import AGENT_PATH, locked_agent, off_until
from webhooks.api.documents import agent_document
from webhooks.api.door import Answer, ApiContext, answers
from webhooks.api.leads import require_row
from webhooks.api.operations import Operation
from webhooks.api.refusals import Conflict, FieldFault, InvalidFields
from webhooks.api.schemas.agents import Agent, SwitchedOff, SwitchedOn

OFF_PATH = f"{AGENT_PATH}/off"


@answers(
    Operation(
        name="put_agent_off",
        method="PUT",
        path=OFF_PATH,
        scope=Scope.AGENTS_WRITE,
        summary="Put an agent off",
        description="Their phone does not ring, or they are given no leads. The agent as they stand.",
        answers={200: Agent},
        body=SwitchedOff,
        refuses=(Conflict,),
    )
)
def put_agent_off(context: ApiContext, key: str, body: SwitchedOff) -> Answer:
    with context.begin() as db:
        directory, row = read_directory(db), locked_agent(db, key)
        off = _off(body, row, directory, context.now)
        return _set(db, context, row, body.kind, off, directory)


@answers(
    Operation(
        name="put_agent_on",
        method="DELETE",
        path=OFF_PATH,
        scope=Scope.AGENTS_WRITE,
        summary="Put an agent on again",
        description="409 for an agent who texted STOP, whom only their own ON puts on again. The agent as they stand.",
        answers={200: Agent},
        query=SwitchedOn,
        refuses=(AgentOptedOut, Conflict),
    )
)
def put_agent_on(context: ApiContext, key: str, query: SwitchedOn) -> Answer:
    with context.begin() as db:
        return _set(db, context, locked_agent(db, key), query.kind, On(), read_directory(db))


def _set(
    db: Connection, context: ApiContext, row: Row[Any], kind: str, wanted: On | Off, directory: Directory
) -> Answer:
    calls, leads = (wanted, None) if kind == "calls" else (None, wanted)
    set_switches(db, agent=row, calls=calls, leads=leads, by=context.who.by, now=context.now)
    return Answer(agent_document(require_row(pages.show_agent(db, row.key)), directory, context.now))


def _off(body: SwitchedOff, row: Row[Any], directory: Directory, now: datetime) -> Off:
    if body.for_ is not None:
        return Off(now + _length(body.for_))
    if "until" in body.model_fields_set:
        return Off(off_until("until", body.until, now))
    return next_shift_off(row, directory, now) if body.kind == "calls" else Off(None)


def _length(written: str) -> timedelta:
    """Read as the text OFF 2H is."""
    match read_text(f"OFF {written}", {}):
        case SwitchOff(for_s=int(seconds)):
            return timedelta(seconds=seconds)
    raise InvalidFields(FieldFault("for", "is no length of time within 7 days", "write it like 30m or 2h"))
