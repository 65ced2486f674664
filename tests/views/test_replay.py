"""Decisions made by real calls, run again from what was stored of them."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from sami.calls.inbound import Arrival, open_call
from sami.calls.queue import wait
from sami.calls.ringing import ring_next
from sami.calls.transaction import save
from sami.database.engine import Database
from sami.domain.calls.instructions import HoldInQueue
from sami.domain.calls.routing import Ring
from sami.domain.language.phone import E164
from sami.domain.language.trace import Reason
from sami.store import calls, explanations
from sami.store.facts import read_roster
from sami.store.reservations import reserve_agents
from sami.views.replay import replay_decision
from tests.support.calling import SETTINGS, TUESDAY_10, Calling, answered_call, at, missed_call
from tests.support.cast import LEE, LINE, desk, organisation

OVERLAP = {"overlap": 5, "fallback": [desk()]}
GROUP = {"pattern": "simultaneous_group"}


@pytest.mark.parametrize("play", [missed_call, answered_call])
def test_every_decision_of_a_call_is_made_again(database: Database, play: Any) -> None:
    calling = Calling(database, organisation(bot={"fallback": [desk()]}))
    play(calling)
    assert len(calling.decisions()) >= 2
    assert all(replay_decision(row).is_same for row in calling.decisions())


def test_the_assignment_of_a_lead_is_made_again(database: Database) -> None:
    calling = Calling(database, organisation())
    calling.arrive()
    with database.read() as db:
        row = explanations.assignment_of(db, lead_id=1, at=TUESDAY_10)
    assert row is not None
    assert replay_decision(row).is_same


def test_joining_the_owner_s_ring_is_decided_again_as_joining(database: Database) -> None:
    calling = Calling(database, organisation(bot=OVERLAP))
    held = calling.arrive()
    assert isinstance(held, HoldInQueue)
    calling.ringing("Ana", 1)
    with database.begin() as db:
        wait(db, calling.sid, held.turn, SETTINGS, at(6))
    joined = calling.decisions()[-1]
    assert joined.at == at(6)
    assert replay_decision(joined).is_same


def test_who_was_reserved_by_somebody_faster_is_told_as_reserved(database: Database) -> None:
    """Ben is lost between the look and the reservation: the group that rings is the one that the facts lead to."""
    calling = Calling(database, organisation(bot=GROUP))
    with database.begin() as db:
        arrival = Arrival(calling.sid, E164(LINE), E164(LEE))
        call = open_call(db, arrival, SETTINGS, TUESDAY_10)
        roster = read_roster(db, call.directory, TUESDAY_10, caller=LEE)
        ben = next(agent.id for agent in roster if agent.key == "ben")
        taken_until = TUESDAY_10 + timedelta(seconds=50)
        assert reserve_agents(db, ids=[ben], call="CA-other", at=TUESDAY_10, until=taken_until)
        ring_next(db, call, TUESDAY_10, roster=roster)
        save(db, call, TUESDAY_10)
    (row,) = calling.decisions()
    replayed = replay_decision(row)
    assert replayed.is_same
    assert isinstance(replayed.again.chosen, Ring)
    assert [candidate.agent for candidate in replayed.again.chosen.candidates] == ["ana"]
    assert ("ben", Reason.RESERVED) in [(f.subject, f.reason) for f in replayed.again.trace]
    with database.read() as db:
        assert [attempt.name for attempt in calls.attempts_of(db, row.call_id)] == ["Ana Ruiz"]


def test_a_choice_that_the_facts_do_not_lead_to_is_seen(database: Database) -> None:
    calling = Calling(database, organisation())
    calling.arrive()
    row = calling.decisions()[0]
    told = {
        name: getattr(row, name)
        for name in ("ref", "kind", "at", "version", "policy_version", "facts", "trace", "chosen")
    }
    changed: Any = SimpleNamespace(**told | {"chosen": row.chosen.replace('"ring_s":20', '"ring_s":21')})
    assert not replay_decision(changed).is_same
