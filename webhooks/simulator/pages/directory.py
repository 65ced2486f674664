"""Who can be called, who is rung, and who calls: the numbers of the demo, each with a name."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from sami.domain.organisation.document import Agent, FallbackNumber
from sami.store.facts import Directory
from sami.store.leads import find_lead_by_phone
from webhooks.simulator.pages import business

CUSTOMER = "customer"
STRANGER, WITHHELD = "+15125550177", "+266696687"  # The second spells ANONYMOUS, which is how Twilio hides a number.


@dataclass(frozen=True, slots=True)
class Caller:
    phone: str
    name: str
    owner: str


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone that may be rung. `key` is an agent's, or made of the fallback number's name."""

    key: str
    phone: str
    name: str
    kind: str
    is_desk: bool


def handsets_of(directory: Directory) -> tuple[Handset, ...]:
    """Agents, then every fallback number once."""
    fallbacks = {number.phone: number for bot in directory.file.bots for number in bot.fallback}
    return (*map(_agents, directory.file.agents), *map(_fallbacks, fallbacks.values()))


def customer(phone: str, name: str) -> Handset:
    """Somebody whom the business called."""
    return Handset(f"customer-{phone.strip('+')}", phone, name, CUSTOMER, False)


def read_callers(db: Connection, names: dict[int, str]) -> tuple[Caller, ...]:
    """The demo's leads as they are now, then somebody unknown, then somebody who hides."""
    rows = (find_lead_by_phone(db, lead.phone) for lead in business.demo_leads())
    leads = (Caller(row.phone, row.name, names.get(row.owner_id, "")) for row in rows if row is not None)
    return (*leads, Caller(STRANGER, "A stranger", ""), Caller(WITHHELD, "A withheld number", ""))


def _agents(agent: Agent) -> Handset:
    return Handset(agent.key, agent.phone, agent.name, "agent", not agent.screening)


def _fallbacks(number: FallbackNumber) -> Handset:
    name = number.name or number.phone
    return Handset(re.sub(r"\W+", "-", name.lower()).strip("-"), number.phone, name, "fallback", not number.confirm)
