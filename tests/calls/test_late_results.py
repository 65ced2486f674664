"""Results that come late, or from another machine's spool: whoever was answered is not booked as missed (R3, R10)."""

from typing import Any

import pytest
from sqlalchemy import Row

from sami.calls import inbound, late_results
from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.calls.sweeping import ended_calls, finish_unheard
from sami.database.engine import Database
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.language.phone import E164
from sami.store import calls as store
from sami.store.work import outbox_items, tasks_of_call
from tests.support.calling import SETTINGS, Calling, at
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, agent, desk, olive, organisation

pytestmark = pytest.mark.races

SID = "CA1"
BRIDGED = DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=True, talk_s=40)
NOBODY = DialReport(bridged=False, status=CallStatus.NO_ANSWER, caller_left=False)


@pytest.fixture
def calling(database: Database) -> Calling:
    return Calling(database, organisation(bot={"fallback": [desk()]}), SID)


def taken_over(calling: Calling, after: int = 2) -> None:
    """The safety net has the call, and the record of its arrival was applied."""
    with calling.database.begin() as db:
        late_results.keep_arrival(db, Arrival(SID, E164(LINE), E164(LEE)), SETTINGS, at(after), at(after))


def desk_was_rung(calling: Calling, report: DialReport, after: int) -> None:
    with calling.database.begin() as db:
        late_results.keep_fallback_end(db, SID, DESK, report, SETTINGS, at(after))


def sweep(calling: Calling, after: int) -> None:
    with calling.database.read() as db:
        suspects = ended_calls(db, SETTINGS, at(after))
    for suspect in suspects:
        assert suspect.ended_at is not None
        ended_at = suspect.ended_at
        with calling.database.begin() as db:
            finish_unheard(db, suspect.sid, ended_at=ended_at, leg_ended_at=None, settings=SETTINGS, now=at(after))


def call_of(calling: Calling) -> Row[Any]:
    with calling.database.read() as db:
        found = store.find_call(db, SID)
    assert found is not None
    return found


def open_tasks(calling: Calling) -> list[str]:
    with calling.database.read() as db:
        return [task.dedupe_key for task in tasks_of_call(db, SID) if task.state == "open"]


def texts_to_lee(calling: Calling) -> list[str]:
    with calling.database.read() as db:
        items = db.execute(outbox_items.select().where(outbox_items.c.kind == "text"))
        return [item.state for item in items if item.payload["to"] == LEE]


def test_a_final_status_before_the_spooled_dial_result_says_nothing_of_a_miss(calling: Calling) -> None:
    taken_over(calling)
    calling.hang_up(60)
    assert (call_of(calling).outcome, open_tasks(calling), texts_to_lee(calling)) == (None, [], [])
    desk_was_rung(calling, BRIDGED, 62)
    assert call_of(calling).outcome == "successful_transfer"
    assert (open_tasks(calling), texts_to_lee(calling)) == ([], [])


def test_without_the_dial_result_a_final_status_is_judged_after_a_minute(calling: Calling) -> None:
    taken_over(calling)
    calling.hang_up(60)
    sweep(calling, 119)
    assert call_of(calling).outcome is None
    sweep(calling, 121)
    assert call_of(calling).outcome == "missed_transfer"
    assert (open_tasks(calling), texts_to_lee(calling)) == (["missed/CA1"], ["pending"])


def test_a_record_of_another_machine_decides_again_without_a_second_text(calling: Calling) -> None:
    taken_over(calling)
    calling.hang_up(60)
    sweep(calling, 121)
    with calling.database.begin() as db:
        db.execute(outbox_items.update().values(state="sent"))
    for after in (400, 401):  # It may come twice (R4).
        desk_was_rung(calling, BRIDGED, after)
    call = call_of(calling)
    assert (call.outcome, call.abandoned) == ("successful_transfer", False)
    assert (open_tasks(calling), texts_to_lee(calling)) == ([], ["sent"])
    assert [attempt.ended for attempt in calling.attempts()][-1] == "accepted"
    with calling.database.read() as db:
        said = [row.payload["payload"] for row in db.execute(outbox_items.select()) if row.kind == "announcement"]
    assert said == [] or said[-1]["outcome"] == "successful_transfer"


def test_what_was_to_be_said_of_the_miss_and_was_not_yet_is_said_no_more(calling: Calling) -> None:
    taken_over(calling)
    calling.hang_up(60)
    sweep(calling, 121)
    desk_was_rung(calling, BRIDGED, 122)
    assert texts_to_lee(calling) == ["cancelled"]


def test_a_late_result_that_nobody_answered_changes_nothing_but_the_story(calling: Calling) -> None:
    taken_over(calling)
    calling.hang_up(60)
    sweep(calling, 121)
    desk_was_rung(calling, NOBODY, 400)
    assert call_of(calling).outcome == "missed_transfer"
    assert open_tasks(calling) == ["missed/CA1"]
    assert [attempt.phone for attempt in calling.attempts()][-1] == DESK


def test_a_dial_of_ours_whose_result_comes_after_the_callers_end_is_waited_for(calling: Calling) -> None:
    calling.arrive()
    calling.hang_up(50)
    assert call_of(calling).outcome is None
    with calling.database.begin() as db:
        late_results.keep_dial_end(db, SID, calling.attempts()[-1].turn, _taken_by(ANA), SETTINGS, at(52))
    assert call_of(calling).outcome == "missed_transfer", "joined, and no key press was heard"


def _taken_by(_: str) -> DialReport:
    return DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=False, leg_sid=None, talk_s=30)


# --- A group in one <Dial>.


@pytest.fixture
def together(database: Database) -> Calling:
    """Ana and Ben are rung by one <Dial>, without any screen."""
    people = [agent("ana", screening=False), agent("ben", screening=False), olive()]
    bot = {"pattern": "simultaneous_group", "group_ring": "dial"}
    return Calling(database, organisation(agents=people, bot=bot), SID)


def words(calling: Calling) -> dict[str, str]:
    return {attempt.phone: attempt.ended for attempt in calling.attempts()}


def misses(calling: Calling) -> dict[str, int]:
    from sami.store.people import agents

    with calling.database.read() as db:
        return {row.key: row.misses for row in db.execute(agents.select()) if row.key in ("ana", "ben")}


def test_r25_who_rang_beside_whoever_took_the_call_has_lost_a_race_however_late_the_cancel(together: Calling) -> None:
    together.arrive()
    for name in ("Ana", "Ben"):
        together.ringing(name, 1)
    together.in_progress("Ana", 5)
    together.leg_ends("Ben", "no-answer", 6)
    end = DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=False, leg_sid="CA1-Ana", talk_s=30)
    with together.database.begin() as db:
        inbound.end_dial(db, SID, together.attempts()[-1].turn, end, SETTINGS, at(36))
    assert words(together) == {ANA: "accepted", BEN: "lost_race"}
    assert misses(together) == {"ana": 0, "ben": 0}


@pytest.mark.parametrize("first", ["status", "result"])
def test_r25_a_cancel_that_is_heard_of_after_the_dial_counts_for_nothing(together: Calling, first: str) -> None:
    together.arrive()
    together.in_progress("Ana", 5)
    end = DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=False, leg_sid="CA1-Ana", talk_s=30)
    if first == "status":
        together.leg_ends("Ben", "canceled", 5)
    with together.database.begin() as db:
        inbound.end_dial(db, SID, together.attempts()[-1].turn, end, SETTINGS, at(36))
    if first == "result":
        together.leg_ends("Ben", "no-answer", 37)
    assert words(together) == {ANA: "accepted", BEN: "lost_race"}
    assert misses(together) == {"ana": 0, "ben": 0}


def test_whoever_alone_can_have_been_joined_was(together: Calling) -> None:
    """The callbacks of the leg that was answered were lost."""
    together.arrive()
    together.ringing("Ben", 1)
    end = DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=False, leg_sid="CA1-unheard-of", talk_s=30)
    with together.database.begin() as db:
        inbound.end_dial(db, SID, together.attempts()[-1].turn, end, SETTINGS, at(36))
    assert words(together) == {ANA: "accepted", BEN: "lost_race"}
    assert call_of(together).outcome == "successful_transfer"


def test_of_two_machines_clocks_that_differ_neither_makes_a_miss_of_a_lost_race(database: Database) -> None:
    calling = Calling(database, organisation(bot={"pattern": "simultaneous_group"}), SID)
    calling.arrive()
    for name in ("Ana", "Ben"):
        calling.ringing(name, 1)
    calling.pick_up("Ana", 8)
    calling.press("Ana", "1", 11)
    calling.leg_ends("Ben", "no-answer", 10)
    assert words(calling)[BEN] == "lost_race"
