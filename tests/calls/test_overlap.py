"""Overlap: the group joins while the owner still rings, where there is a group and somebody in it is free."""

from datetime import timedelta

import pytest

from sami.calls.queue import wait
from sami.database.engine import Database
from sami.domain.calls.instructions import DialPhones, HoldInQueue
from sami.store.calls import find_call
from sami.store.facts import read_directory, read_roster
from sami.store.reservations import release_agents, reserve_agents
from tests.support.calling import SETTINGS, Calling, at
from tests.support.cast import BEN, DESK, desk, organisation

pytestmark = pytest.mark.races


def rung(calling: Calling) -> list[str]:
    return [attempt.name for attempt in calling.attempts()]


def holding(calling: Calling, until: int) -> None:
    held = calling.arrive()
    assert isinstance(held, HoldInQueue)
    calling.ringing("Ana", 1)
    with calling.database.begin() as db:
        wait(db, calling.sid, held.turn, SETTINGS, at(until))


@pytest.mark.parametrize("sticky", [False, True])
def test_after_a_joined_round_the_fallback_rings(database: Database, sticky: bool) -> None:
    calling = Calling(database, organisation(bot={"overlap": 5, "sticky": sticky, "fallback": [desk()]}))
    holding(calling, 6)
    assert rung(calling) == ["Ana Ruiz", "Ben Okafor"]
    calling.leg_ends("Ana", "no-answer", 20)
    calling.leg_ends("Ben", "no-answer", 26)
    fallback = calling.queue_ends("leave", 27)
    assert isinstance(fallback, DialPhones)
    assert [phone.phone for phone in fallback.phones] == [DESK]
    with database.read() as db:
        call = find_call(db, calling.sid)
    assert call is not None
    assert f'"position":{4 if sticky else 3}' in call.progress


def test_an_owner_alone_is_never_joined_and_no_fallback_is_passed_over(database: Database) -> None:
    bot = {"pattern": "assigned_only", "overlap": 5, "fallback": [desk()]}
    calling = Calling(database, organisation(bot=bot))
    assert isinstance(calling.arrive(), DialPhones)
    fallback = calling.dial_ends("no-answer", 21)
    assert isinstance(fallback, DialPhones)
    assert [phone.phone for phone in fallback.phones] == [DESK]


def test_who_was_busy_when_the_group_might_join_rings_in_the_group_s_turn(database: Database) -> None:
    calling = Calling(database, organisation(bot={"overlap": 5}))
    with database.begin() as db:
        ben = next(a.id for a in read_roster(db, read_directory(db), at(0)) if a.key == "ben")
        reserve_agents(db, ids=[ben], call="CA-other", at=at(0), until=at(0) + timedelta(seconds=50))
    holding(calling, 6)
    assert rung(calling) == ["Ana Ruiz"]
    with database.begin() as db:
        release_agents(db, ids=[ben], call="CA-other")
    calling.leg_ends("Ana", "no-answer", 20)
    assert isinstance(calling.queue_ends("leave", 21), HoldInQueue)
    assert calling.attempts()[-1].phone == BEN
