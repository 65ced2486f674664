"""A call is called back by whoever asks for it: the agent is rung, then the lead of the call."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row

from sami.calls.transaction import CallSettings
from sami.errors import SamiError
from sami.leads.asked_calls import AskedCall, doing, place_asked_call
from sami.leads.recipients import require_agent
from sami.settings.sections import LimitsSettings
from sami.store.facts import read_directory
from sami.store.leads import find_lead, lock_ownership
from sami.store.senders import lock_agent


class CallerWithheld(SamiError):
    """This caller withheld their number, or is no lead of ours: nobody can be called back or blocked."""

    code = "caller_withheld"
    status = 409


class NotCalledBack(SamiError):
    """Nobody is called."""

    code = "not_called_back"
    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(f"{why[0].upper()}{why[1:].rstrip('.')}.")


def call_back(
    db: Connection, call: Row[Any], *, agent: str, limits: LimitsSettings, settings: CallSettings, now: datetime
) -> Row[Any]:
    """The lead that is called. Raises CallerWithheld, NotCalledBack, AgentUnknown or AgentInactive."""
    lock_ownership(db)  # Before the agent's row and the lead's, as everywhere.
    found = lock_agent(db, require_agent(db, agent).id)
    assert found is not None, "agents are never removed"
    lead = None if call.lead_id is None else find_lead(db, call.lead_id)
    if lead is None:
        raise CallerWithheld
    busy = doing(found, now)
    if busy is not None:
        raise NotCalledBack(f"{found.name} is {busy}")
    asked = AskedCall(found, lead, f"asked_call/{call.sid}/{token_hex(8)}", line=call.line, of_call=call.sid)
    why = place_asked_call(db, asked, read_directory(db), limits=limits, hours=settings.contact_hours, now=now)
    if why is not None:
        raise NotCalledBack(why)
    return lead
