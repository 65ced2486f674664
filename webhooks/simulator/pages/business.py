"""Which business does `sami demo` show? One organisation file, and forty leads with owners and a past."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from sami.apply import apply
from sami.domain.language.actor import POLICY, person, system
from sami.domain.language.hours import Schedule, end_of_day, next_opening, to_local
from sami.domain.outcomes.effects import AssignOwner, Effect, Enrol, PauseCadences
from sami.store.explanations import agents_ever
from sami.store.facts import read_directory
from sami.store.leads import find_lead_by_phone, insert_lead, insert_timeline_entry

ZONE = "America/Chicago"
FRONT_DESK = "+15125550190"  # Rung when everything else is down.
# The demo begins here, so that somebody is on duty whenever it is tried for the first time.
_MORNINGS = Schedule(ZONE, "Mo-Fr 10:00-16:00; PH off", "US-TX")

_FIRST_NAMES = (
    "Maria James Aisha Liam Sofia Noah Priya Lucas Emma Mateo Chloe Omar Nina Diego Grace Hugo Leila Owen Tara Ivan"
)
_LAST_NAMES = "Ortiz Carter Khan Murphy Rossi Weber Nair Silva Brown Vega Martin Haddad Kowalski Reyes Kim Laurent"
_SOURCES = ("Zillow", "Website", "Open house", "Referral", "Yard sign")
_STAGES = ("NEW", "CONTACTING", "CONTACTING", "QUALIFIED", "COMMITTED")
_OWNERS = ("ana", "ben", "cleo", "dev", "ana", "ben", "ema", "cleo")
_AREA_CODES = ("512", "737", "210", "713")
_ZIPS = ("78701", "78704", "78745", "77002", "80202")
_STATES = {"78": "TX", "77": "TX", "80": "CO"}
_CADENCES = {"Liam Weber": "ten-day", "Leila Ortiz": "ten-day", "Priya Martin": "re-engage"}
_HAS_ANSWERED = "Leila Ortiz"
LEADS = 40
_POND_EVERY = 13  # A few have no owner yet: the first call gives them one.


@dataclass(frozen=True, slots=True)
class DemoLead:
    """`owners` in the order they had the lead; nobody means that it waits for its first owner."""

    phone: str
    name: str
    source: str
    stage: str
    owners: tuple[str, ...]
    age: timedelta
    type: str
    zip: str
    price: int
    timeframe: str


def organisation_text() -> str:
    """What `apply_file` is given: the same file that anybody could apply."""
    return Path(__file__).with_name("business.toml").read_text(encoding="utf-8")


def first_morning(now: datetime) -> datetime:
    """This instant if the business works now, else the next working day's ten o'clock."""
    return next_opening(_MORNINGS, now) or now


def next_morning(now: datetime) -> datetime:
    """Ten o'clock of the next working day."""
    tomorrow = end_of_day(to_local(now, ZONE).date(), ZONE)
    return next_opening(_MORNINGS, tomorrow) or tomorrow


def seed_leads(db: Connection, now: datetime, owners: Sequence[str] = _OWNERS) -> int:
    """How many were new; those that are there already, and what people did with them since, stay as they are."""
    ids = {agent.key: agent.id for agent in agents_ever(db)}
    cadences = {cadence.key for cadence in read_directory(db).file.cadences}
    fresh = [lead for lead in demo_leads(owners) if find_lead_by_phone(db, lead.phone) is None]
    for lead in fresh:
        lead_id = _insert(db, lead, ids, now)
        if _CADENCES.get(lead.name) in cadences:
            apply(db, _outreach(lead, lead_id), now)
    return len(fresh)


def demo_leads(owners: Sequence[str] = _OWNERS) -> Iterator[DemoLead]:
    """Always the same forty, given to these in turn; none of them is owned where nobody is named."""
    chance = random.Random(40)
    first, last = _FIRST_NAMES.split(), _LAST_NAMES.split()
    for number in range(LEADS):
        owner = owners[number % len(owners)] if owners else ""
        before = owners[(number + 3) % len(owners)] if owners else ""
        moved = number % 5 == 4 and before != owner
        waits = not owners or number % _POND_EVERY == _POND_EVERY - 1
        yield DemoLead(
            phone=f"+1{_AREA_CODES[number % 4]}55501{50 + number}",
            name=f"{first[number % len(first)]} {last[(number * 7) % len(last)]}",
            source=chance.choice(_SOURCES),
            stage=chance.choice(_STAGES),
            owners=() if waits else (before, owner) if moved else (owner,),
            age=timedelta(hours=chance.randint(2, 24 * 45)),
            type=chance.choice(("buyer", "buyer", "seller")),
            zip=_ZIPS[number % len(_ZIPS)],
            price=chance.randrange(180, 900) * 1_000,
            timeframe=chance.choice(("now", "3 months", "later")),
        )


def _insert(db: Connection, lead: DemoLead, ids: dict[str, int], now: datetime) -> int:
    came_at = now - lead.age
    lead_id = insert_lead(
        db,
        phone=lead.phone,
        name=lead.name,
        source=lead.source,
        stage=lead.stage,
        type=lead.type,
        zip=lead.zip,
        state=_STATES[lead.zip[:2]],
        country="US",
        price=lead.price,
        timeframe=lead.timeframe,
        unowned_reason="not assigned yet",
        pond_since=came_at,
        attributes={},
        created_at=came_at,
    )
    assert lead_id is not None, "this phone was looked for in the same transaction"
    insert_timeline_entry(db, lead_id=lead_id, at=came_at, kind="received", text=f"Came in from {lead.source}.")
    _own(db, lead_id, lead, ids, came_at)
    return lead_id


def _outreach(lead: DemoLead, lead_id: int) -> Iterator[Effect]:
    """A few are in a cadence: one begins, one has answered and waits for a person, one waits for its day."""
    cadence = _CADENCES.get(lead.name)
    if cadence is None:
        return
    yield Enrol(lead_id, cadence, person("olive"))
    if lead.name == _HAS_ANSWERED:
        yield PauseCadences(lead_id, None, "they replied", system("their text"))


def _own(db: Connection, lead_id: int, lead: DemoLead, ids: dict[str, int], came_at: datetime) -> None:
    """First the round robin, later perhaps a hand."""
    before: int | None = None
    for place, key in enumerate(lead.owners):
        by_hand = place > 0
        why = "knows the neighbourhood" if by_hand else "round robin"
        given = AssignOwner(lead_id, before, ids[key], why, by=person("olive") if by_hand else POLICY)
        apply(db, [given], came_at + lead.age * 0.5 if by_hand else came_at)
        before = ids[key]
