"""R14: every owner change is explained, the history replays to today's owner, and tampering shows.

Drawn businesses live: leads arrive and come back, call and are answered, are claimed, reassigned one by one and in
batches that are undone, their owners leave and return, clocks run out. Then the books are checked by a second reading
that shares nothing with ours, and edited behind our back.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from cadences.sweeps.leads import assign_waiting, reassign_orphans
from cadences.sweeps.sla import notice_breaches
from sami.calls import inbound
from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.stages import Stage
from sami.errors import SamiError
from sami.leads.bulk import carry_on, plan_bulk
from sami.leads.bulk_undo import undo_bulk
from sami.leads.claims import claim, read_pond
from sami.leads.history import verify_history
from sami.leads.intake import receive_lead
from sami.leads.owners import reassign
from sami.leads.stages import change_stage
from sami.store.access import lead_batches
from sami.store.calls import attempts_of, find_call
from sami.store.leads import agent_loads, leads, ownerships
from sami.store.policies import policy_versions
from sami.workers.intake import prepare_lead
from tests.support.cast import LINE, agent, olive, organisation
from tests.support.counts import count
from tests.support.leading import HOUR, MONDAY_10, Business, true_loads
from tests.support.patience import patient

STEPS = count(2_000, 100_000) // 2  # On each of the two databases.
EDITS = count(50, 1_000) // 2
LOOKED_AT_EVERY = STEPS // 40
RECENT = 40  # Leads that something happens to, so that they have a past.
KEYS = ("ana", "ben", "cy", "dee")
STATES = ("TX", "OK", "NM")
POLICY = {
    "reassign_on": ["state", "owner_deactivated", "re_engaged", "sla_breached"],
    "default": {"agents": list(KEYS), "by": "least_loaded"},
    "rules": [
        {"name": "Texas", "when": {"state": ["TX"]}, "to": {"agents": ["ana", "ben", "dee"]}},
        {"name": "Later", "when": {"timeframe": ["later"]}, "to": {"pond": True}},
    ],
}


@pytest.fixture
def unhurried(database_url: str) -> Iterator[Database]:
    """What is true in the end is asked, not how long anybody waits."""
    database = patient(database_url)
    yield database
    database.close()


@pytest.mark.timeout(count(600, 14_400))
def test_r14_histories_replay_to_todays_owners_and_edits_show(unhurried: Database) -> None:
    database = unhurried
    life = Life(database, seed=14)
    for number in range(STEPS):
        life.step()
        if number % LOOKED_AT_EVERY == 0:
            expect_counted_loads(life.business)
    expect_counted_loads(life.business)
    expect_replayed(life.business)
    assert set(life.happened) == set(life.acts), "an act that never came to anything proves nothing"
    with database.read(60) as db:
        assert verify_history(db) == ()
    chance = random.Random(15)
    assert [number for number in range(EDITS) if not edit_shows(database, chance)] == []


def expect_counted_loads(business: Business) -> None:
    counted = {row.agent_id: row.open_leads for row in business.rows(agent_loads) if row.open_leads}
    assert counted == true_loads(business.rows(leads))


def expect_replayed(business: Business) -> None:
    """By a reading of our own: each change begins where the last one ended, says why and who, and ends today."""
    owners: dict[int, int | None] = {}
    for change in business.rows(ownerships):
        assert change.from_id == owners.get(change.lead_id), f"lead {change.lead_id}"
        assert change.why
        assert change.by
        assert change.from_id != change.to_id
        owners[change.lead_id] = change.to_id
    today = {row.id: row.owner_id for row in business.rows(leads)}
    assert [lead for lead, owner in today.items() if owners.get(lead) != owner] == []


class Life:
    """One random act after the other, each in transactions as its edge would open them."""

    def __init__(self, database: Database, seed: int) -> None:
        people = [agent(key, screening=False, caps={"open_leads": 60}) for key in KEYS]
        assign_to_olive = {"outcomes": {"missed_transfer": {"actions": [{"do": "assign_to", "agent": "olive"}]}}}
        self.business = Business(database, organisation(agents=[*people, olive()], bot=assign_to_olive))
        self.chance = random.Random(seed)
        self.happened: dict[str, int] = {}
        self._sids = 0
        self._ids = self.business.ids
        self._publish()
        self.acts: dict[str, tuple[int, Callable[[], bool]]] = {
            "receive": (30, self._receive),
            "reassign": (20, self._reassign),
            "claim": (20, self._claim),
            "stage": (12, self._change_stage),
            "answered call": (4, lambda: self._call(answered=True)),
            "missed call": (3, lambda: self._call(answered=False)),
            "bulk": (2, self._bulk),
            "undo": (2, self._undo),
            "leave or return": (3, self._leave_or_return),
            "time": (6, self._pass_time),
        }

    def step(self) -> None:
        names = list(self.acts)
        name = self.chance.choices(names, [self.acts[name][0] for name in names])[0]
        self.business.now += timedelta(seconds=self.chance.randint(0, 90))
        if self.acts[name][1]():
            self.happened[name] = self.happened.get(name, 0) + 1

    def _receive(self) -> bool:
        """Every third is one we know already."""
        known = self._any_lead() if self.chance.random() < 0.3 else None
        phone = known.phone if known else f"+1512{self.chance.randrange(2_000_000, 9_999_999)}"
        new = NewLead(
            name="Lee",
            phone=phone,
            source="Zillow",
            state=self.chance.choice(STATES),
            timeframe=self.chance.choice(("now", "now", "later")),
        )
        prepared = prepare_lead(self.business.database, new, now=self.business.now)
        return self._tried(lambda db: receive_lead(db, prepared, by=person("api"), now=self.business.now))

    def _reassign(self) -> bool:
        lead, to, by = self._any_lead(), self.chance.choice(KEYS), self.chance.choice(("olive", *KEYS))
        turn = self.chance.random() < 0.3
        return lead is not None and self._tried(
            lambda db: reassign(
                db, lead_id=lead.id, to=to, reason="asked", by=person(by), now=self.business.now, counts_as_turn=turn
            )
        )

    def _claim(self) -> bool:
        waiting = [found.lead.number for found in self.business.do(lambda db: read_pond(db, limit=RECENT)).oldest]
        key = self.chance.choice(KEYS)
        return bool(waiting) and self._tried(
            lambda db: claim(
                db, lead_id=self.chance.choice(waiting), agent_id=self._ids[key], by=person(key), now=self.business.now
            )
        )

    def _change_stage(self) -> bool:
        lead, stage = self._any_lead(), self.chance.choice(list(Stage))
        return lead is not None and self._tried(
            lambda db: change_stage(db, lead_id=lead.id, stage=stage, by=person("olive"), now=self.business.now)
        )

    def _call(self, *, answered: bool) -> bool:
        """From a lead or a stranger: the first phone that rings answers, or none of them does."""
        lead = self._any_lead()
        phone = "+15127770000" if lead is None else lead.phone
        self._sids += 1
        sid, settings = f"CA{self._sids}", CallSettings(legs_possible=False)
        now, do = self.business.now, self.business.do
        do(lambda db: inbound.begin_call(db, Arrival(sid, E164(LINE), E164(phone)), settings, now))
        while turn := self._ringing(sid):
            self._end_dial(sid, turn, answered, settings)
        do(lambda db: inbound.end_call(db, sid, settings, now))
        return True

    def _ringing(self, sid: str) -> int | None:
        """The turn of the call in which a phone rings."""
        with self.business.database.read() as db:
            call = find_call(db, sid)
            assert call is not None, "the call has just begun"
            return next((attempt.turn for attempt in attempts_of(db, call.id) if attempt.ended is None), None)

    def _end_dial(self, sid: str, turn: int, answered: bool, settings: CallSettings) -> None:
        report = DialReport(answered, CallStatus.COMPLETED if answered else CallStatus.NO_ANSWER, False)
        self.business.do(lambda db: inbound.end_dial(db, sid, turn, report, settings, self.business.now))

    def _bulk(self) -> bool:
        """Sometimes it is interrupted after its first part."""
        kinds = (LeadFilter(owner=self.chance.choice(KEYS)), LeadFilter(state="NM"), LeadFilter(stage=Stage.CONTACTING))
        wanted = replace(self.chance.choice(kinds), created_after=self.business.now - 6 * HOUR)
        split = {key: self.chance.randint(1, 5) for key in self.chance.sample(KEYS, 2)}
        refs: list[str] = []
        planned = self._tried(
            lambda db: refs.append(
                plan_bulk(db, filter=wanted, split=split, reason="on leave", by=person("olive"), now=self.business.now)
            )
        )
        while planned and not self.business.do(lambda db: carry_on(db, refs[0], now=self.business.now)).is_finished:
            if self.chance.random() < 0.2:
                break
        return planned

    def _undo(self) -> bool:
        refs = [row.ref for row in self.business.rows(lead_batches)]
        ref = self.chance.choice(refs[-3:]) if refs else "none yet"
        return self._tried(lambda db: undo_bulk(db, ref, by=person("olive"), now=self.business.now))

    def _leave_or_return(self) -> bool:
        key = self.chance.choice(KEYS)
        self.business.set_agent(key, active=self.chance.random() < 0.6)
        reassign_orphans(self.business.database, self.business.now)
        return True

    def _pass_time(self) -> bool:
        self.business.now += HOUR / 6
        assign_waiting(self.business.database, self.business.now)
        notice_breaches(self.business.database, self.business.now)
        return True

    def _any_lead(self) -> Any:
        """One of the newest, or None while there are none."""
        with self.business.database.read() as db:
            newest = db.execute(leads.select().order_by(leads.c.id.desc()).limit(RECENT)).all()
        return self.chance.choice(newest) if newest else None

    def _tried(self, act: Callable[[Connection], Any]) -> bool:
        with suppress(SamiError):
            self.business.do(act)
            return True
        return False

    def _publish(self) -> None:
        row = {"kind": "published", "document": POLICY, "note": "", "share": 100, "published_by": "olive"}
        at = {"effective_at": MONDAY_10 - HOUR, "published_at": MONDAY_10}
        self.business.do(lambda db: db.execute(policy_versions.insert().values(**row, **at)))


# --- Edits behind our back.


def edit_shows(database: Database, chance: random.Random) -> bool:
    """One edit in a transaction that is taken back afterwards."""
    with undone(database) as db:
        change = _any_change(db, chance)
        chance.choice((_rewrite, _rewrite, _rewrite, _remove, _repeat, _cut, _move_lead))(db, change, chance)
        wholly = chance.random() < 0.1
        broken = verify_history(db) if wholly else verify_history(db, lead_id=change.lead_id)
        return [found.lead_id for found in broken] == [change.lead_id]


def _any_change(db: Connection, chance: random.Random) -> Any:
    newest = db.execute(ownerships.select().order_by(ownerships.c.id.desc()).limit(1)).one()
    later = ownerships.select().where(ownerships.c.id >= chance.randint(1, newest.id)).order_by(ownerships.c.id)
    return db.execute(later.limit(1)).one()


class TakeBack(Exception):
    pass


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    with suppress(TakeBack), database.begin(60) as db:
        yield db
        raise TakeBack


def _rewrite(db: Connection, change: Any, chance: random.Random) -> None:
    """One cell of a change, as little as can be."""
    ids = [1, 2, 3, 4, 5]
    others = {
        "why": change.why + ".",
        "by": change.by.upper() if change.by != change.by.upper() else "x",
        "at": change.at + timedelta(microseconds=1),
        "to_id": chance.choice([i for i in ids if i != change.to_id]),
        "from_id": chance.choice([i for i in ids if i != change.from_id]),
        "decision": (change.decision or "") + "0",
        "batch": (change.batch or "") + "0",
        "turn": {"pool": "made-up"},
        "seal": change.seal[:-1] + ("0" if change.seal[-1] != "0" else "1"),
    }
    name = chance.choice(list(others))
    db.execute(ownerships.update().where(ownerships.c.id == change.id).values({name: others[name]}))


def _remove(db: Connection, change: Any, chance: random.Random) -> None:
    db.execute(ownerships.delete().where(ownerships.c.id == change.id))


def _repeat(db: Connection, change: Any, chance: random.Random) -> None:
    copy = {name: value for name, value in change._mapping.items() if name != "id"}
    db.execute(ownerships.insert().values(copy))


def _cut(db: Connection, change: Any, chance: random.Random) -> None:
    """This change and all of the lead's after it."""
    db.execute(ownerships.delete().where(ownerships.c.lead_id == change.lead_id, ownerships.c.id >= change.id))


def _move_lead(db: Connection, change: Any, chance: random.Random) -> None:
    """The lead itself has another owner, and no change says so."""
    lead = db.execute(leads.select().where(leads.c.id == change.lead_id)).one()
    other = chance.choice([i for i in (1, 2, 3, 4, 5) if i != lead.owner_id])
    values = {"owner_id": other, "unowned_reason": None, "pond_since": None}
    db.execute(leads.update().where(leads.c.id == lead.id).values(values))
