"""An agent texts CALL L12, and is answered whether their phone rings or why nobody is called."""

from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.consent.permission import ContactHours
from sami.domain.messages.wording import customer_texts
from sami.leads.asked_calls import AskedCall, doing, place_asked_call
from sami.leads.recipients import is_theirs, named
from sami.settings.sections import LimitsSettings
from sami.store.leads import find_lead
from sami.texts.message import Message


def call_lead(
    db: Connection, message: Message, agent: Row[Any], number: int, *, limits: LimitsSettings, hours: ContactHours
) -> str:
    """What the agent is told. `lock_ownership` was taken before the agent's row was."""
    lead = find_lead(db, number)
    if lead is None or not is_theirs(lead, agent, message.directory):
        return customer_texts.no_lead_of_yours(number)
    busy = doing(agent, message.now)
    if busy is not None:
        return customer_texts.not_called(f"you are {busy}. Text CALL L{lead.id} again when it is over")
    asked = AskedCall(agent, lead, f"asked_call/{message.text.sid}")
    why = place_asked_call(db, asked, message.directory, limits=limits, hours=hours, now=message.now)
    return customer_texts.ringing_you(named(lead).called) if why is None else customer_texts.not_called(why)
