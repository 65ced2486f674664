"""A customer texts: it is kept with their lead and handed on to a person, and never answered by us."""

from collections.abc import Iterator

from sqlalchemy import Connection

from sami import logs
from sami.apply import apply
from sami.domain.effects import SendText, WriteTimeline
from sami.domain.gates import AgentFacts
from sami.domain.organisation import Trigger
from sami.domain.sentences import caller_name, cut
from sami.domain.texting import Help, OptOut
from sami.intake import LeadFacts, recognise_caller
from sami.store.facts import read_roster
from sami.store.leads import find_lead_by_phone
from sami.store.senders import texts_from
from sami.store.texts import consent_of
from sami.texts.heard import Heard, keep
from sami.workflows import run_workflows, withhold_notices

FORWARDED_MAX = 20  # Of one sender in ten minutes; more are kept, but cost nobody a text (S4).
FORWARDED_LENGTH_MAX = 300

_log = logs.logger(__name__)


def hear_customer(db: Connection, heard: Heard) -> None:
    roster = read_roster(db, heard.directory, heard.now)
    lead = _lead_of(db, heard, roster)
    keep(db, heard, lead_id=lead.id if lead else None)
    if lead is not None:
        apply(db, [WriteTimeline(lead.id, "text", heard.text.body)], heard.now)
    is_news = _is_news(db, heard, lead)
    forwarded = tuple(_forwarded(db, heard, lead, roster)) if is_news else ()
    apply(db, forwarded, heard.now)
    if lead is not None and lead.is_new:
        told = {text.agent_id for text in forwarded}
        agents = {agent.key for agent in roster if agent.id in told}
        withhold_notices(db, lead_id=lead.id, agents=agents, why="the text itself was handed on")
    if lead is not None and is_news and not isinstance(heard.consent, OptOut):
        _set_workflows_going(db, heard, lead, roster)
    _log.info("A customer's text was kept.", lead_id=lead.id if lead else None, forwarded=len(forwarded))


def _lead_of(db: Connection, heard: Heard, roster: tuple[AgentFacts, ...]) -> LeadFacts | None:
    """The same door as a call's; but STOP from a stranger is no reason to know them."""
    phone = heard.text.sender
    if phone is None or (heard.consent is not None and find_lead_by_phone(db, phone) is None):
        return None
    return recognise_caller(db, phone=phone, source="text", directory=heard.directory, roster=roster, now=heard.now)


def _is_news(db: Connection, heard: Heard, lead: LeadFacts | None) -> bool:
    """Whether somebody must read it. A lead's YES may be an answer and their STOP concerns the owner; HELP does not."""
    if isinstance(heard.consent, Help) or (heard.consent is not None and lead is None):
        return False
    return texts_from(db, phone=heard.phone, since=heard.counted_since) <= FORWARDED_MAX


def _forwarded(
    db: Connection, heard: Heard, lead: LeadFacts | None, roster: tuple[AgentFacts, ...]
) -> Iterator[SendText]:
    """To the owner; to the admins where there is none, or where no text reaches them."""
    body, key, lead_id = _words(heard, lead), f"forward/{heard.text.sid}", lead.id if lead else None
    owner = next((agent for agent in roster if lead is not None and agent.key == lead.owner and agent.active), None)
    if owner is not None and consent_of(db, owner.phone) != "opted_out":
        yield SendText(owner.phone, heard.text.line, body, key, lead_id=lead_id, agent_id=owner.id)
        return
    for admin in heard.directory.admins_among(roster):
        yield SendText(admin.phone, heard.text.line, body, f"{key}/{admin.key}", lead_id=lead_id, agent_id=admin.id)


def _set_workflows_going(db: Connection, heard: Heard, lead: LeadFacts, roster: tuple[AgentFacts, ...]) -> None:
    run_workflows(
        db,
        trigger=Trigger.TEXT_RECEIVED,
        lead_id=lead.id,
        directory=heard.directory,
        now=heard.now,
        roster=roster,
        line=heard.text.line,
    )


def _words(heard: Heard, lead: LeadFacts | None) -> str:
    known = caller_name(lead.name if lead else "", heard.text.sender)
    who = f"a new lead, {heard.phone}" if lead is not None and lead.is_new else known
    said = f"Text from {who}: {heard.text.body}"
    return said if len(said) <= FORWARDED_LENGTH_MAX else f"{cut(said, FORWARDED_LENGTH_MAX)} ..."
