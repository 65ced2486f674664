"""What is told of a call afterwards: to programs by exact names, to people in words."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sami.calls import inbound, late_results
from sami.calls.dialled import DialReport
from sami.calls.inbound import Arrival
from sami.calls.queue import wait
from sami.database.engine import Database
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.instructions import HoldInQueue, TakeMessage
from sami.domain.calls.states import CallState
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.language.phone import E164
from sami.views.call_document import call_document, why_document
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.calling import SETTINGS, Calling, answered_call, at, missed_call
from tests.support.cast import BEN, DESK, LEE, LINE, agent, desk, olive, organisation

NAMES = {"state", "outcome", "lead", "attempts", "skipped", "wait_s", "time_to_person_s", "decisions"}
ATTEMPT_NAMES = {"agent", "phone", "ended"} | {
    f"{step}_at" for step in ("offered", "ringing", "picked_up", "accepted", "joined", "ended")
}
TASK_NAMES = {"id", "title", "owner", "due_at", "state", "lead", "call"}


@pytest.fixture
def calling(database: Database) -> Calling:
    return Calling(database, organisation(bot={"fallback": [desk()]}))


def why(calling: Calling) -> dict[str, Any]:
    with calling.database.read() as db:
        story = explain_call(db, calling.sid)
    assert story is not None
    return json.loads(json.dumps(why_document(story)))  # type: ignore[no-any-return]


def told(calling: Calling) -> list[str]:
    with calling.database.read() as db:
        story = explain_call(db, calling.sid)
    assert story is not None
    telling = describe_call(story)
    moments = [line for moment in telling.moments for line in (f"{moment.clock} {moment.said}", *moment.details)]
    return [telling.headline, telling.result, *moments, *telling.tasks]


def test_nothing_is_told_of_a_call_that_never_was(database: Database) -> None:
    with database.read() as db:
        assert explain_call(db, "CA0") is None


def test_a_missed_call_tells_every_phone_with_its_word(calling: Calling) -> None:
    missed_call(calling)
    document = why(calling)
    assert document.keys() >= NAMES
    assert document["state"] == "ended"
    assert (document["outcome"], document["abandoned"]) == ("missed_transfer", False)
    assert [(a["agent"], a["ended"]) for a in document["attempts"]] == [
        ("ana", "rang_out"),
        ("ben", "declined"),
        (None, "busy"),
    ]
    assert all(attempt.keys() >= ATTEMPT_NAMES for attempt in document["attempts"])
    assert (document["wait_s"], document["time_to_person_s"]) == (36, None)
    assert document["lead"]["phone"] == LEE
    assert document["lead"]["owner"] == "ana"
    assert document["attempts"][2]["phone"] == DESK


def test_instants_are_utc_with_z(calling: Calling) -> None:
    missed_call(calling)
    document = why(calling)
    assert document["arrived_at"] == "2026-03-03T16:00:00.000Z"
    assert document["attempts"][1]["picked_up_at"] == "2026-03-03T16:00:28.000Z"
    assert document["tasks"][0]["due_at"] == "2026-03-03T16:05:36.000Z"


def test_an_answered_call_tells_the_time_to_a_person(calling: Calling) -> None:
    answered_call(calling)
    document = why(calling)
    assert document["outcome"] == "successful_transfer"
    assert (document["wait_s"], document["time_to_person_s"]) == (12, 12)
    assert document["attempts"][-1]["ended"] == "accepted"
    assert document["tasks"] == []


def test_a_phone_that_still_rings_has_no_word_yet(calling: Calling) -> None:
    calling.arrive()
    document = why(calling)
    assert (document["state"], document["outcome"], document["wait_s"]) == ("ringing", None, None)
    assert [attempt["ended"] for attempt in document["attempts"]] == [None]
    assert told(calling)[-1] == "Ana Ruiz is ringing."


def test_a_caller_who_hangs_up_waited_until_then(calling: Calling) -> None:
    calling.arrive()
    calling.dial_ends("no-answer", 9, caller_left=True)
    calling.hang_up(9)
    document = why(calling)
    assert (document["outcome"], document["abandoned"], document["wait_s"]) == ("missed_transfer", True, 9)
    assert told(calling)[1] == "Missed transfer: the caller hung up after 9 s while phones rang."


def test_a_withheld_caller_has_no_lead(calling: Calling) -> None:
    calling.arrive(caller=None)
    document = why(calling)
    assert (document["caller"], document["lead"]) == (None, None)
    assert told(calling)[0].startswith("A withheld number called")


def test_the_lead_s_assignment_is_told_by_the_call_that_made_it_alone(calling: Calling) -> None:
    missed_call(calling)
    assert [d["kind"] for d in why(calling)["decisions"]] == ["assignment", *["transfer"] * 4]
    again = Calling(calling.database, organisation(bot={"fallback": [desk()]}), sid="CA2")
    again.arrive(after=90)
    assert "assignment" not in [d["kind"] for d in why(again)["decisions"]]


def test_each_agent_who_was_not_rung_is_listed_once_by_gate(calling: Calling) -> None:
    missed_call(calling)
    assert why(calling)["skipped"] == [
        {"agent": "cy", "gate": "calls_off", "detail": ""},
        {"agent": "olive", "gate": "calls_off", "detail": ""},
    ]


def test_who_rang_and_now_rests_was_not_skipped(calling: Calling) -> None:
    missed_call(calling)
    refused = [f for d in why(calling)["decisions"] for f in d["trace"] if f["subject"] == "ana" and not f["passed"]]
    assert {"already_tried", "resting"} <= {finding["reason"] for finding in refused}
    assert "ana" not in [skip["agent"] for skip in why(calling)["skipped"]]


def test_who_was_cut_by_the_number_of_phones_is_listed(database: Database) -> None:
    calling = Calling(database, organisation(bot={"pattern": "simultaneous_group", "max_ring": 1}))
    calling.arrive()
    skipped = {(skip["agent"], skip["gate"]) for skip in why(calling)["skipped"]}
    assert ("ben", "max_ring") in skipped


def test_tasks_and_texts_stand_beside_the_call(calling: Calling) -> None:
    missed_call(calling)
    document = why(calling)
    (task,) = document["tasks"]
    assert task.keys() >= TASK_NAMES
    assert (task["owner"], task["call"], task["state"]) == ("ana", "CA1", "open")
    offer = next(text for text in document["texts"] if text["to"] == BEN)
    assert (offer["from"], offer["agent"], offer["state"], offer["sid"]) == (LINE, "ben", "pending", None)
    assert document["cadences_cancelled"] == []
    with calling.database.read() as db:
        story = explain_call(db, calling.sid)
    assert story is not None
    assert {"tasks", "texts", "cadences_cancelled"}.isdisjoint(call_document(story))


def test_a_missed_call_reads_like_a_manager_s_account(calling: Calling) -> None:
    missed_call(calling)
    assert told(calling) == [
        f"{LEE} called Website ({LINE}) on Tue Mar 3, 2026 at 10:00:00 AM.",
        "Missed transfer: nobody took the call, given up after 36 s.",
        "10:00:00 AM The lead got an owner: Ana Ruiz, next in turn.",
        "Not next in turn: Ben Okafor, Cy Lund.",
        "Olive Park takes no new leads now.",
        "10:00:00 AM Owner: Ana Ruiz, for up to 20 s.",
        "Ana Ruiz rang 20 s, no answer.",
        "10:00:21 AM Group, longest idle first: Ben Okafor, for up to 20 s.",
        "Not rung: Cy Lund is off duty.",
        "Not rung: Olive Park is off duty.",
        "Ben Okafor rang 5 s, passed by pressing 2.",
        f"10:00:33 AM Fallback: Front desk ({DESK}), for up to 20 s.",
        "Front desk was busy.",
        "10:00:36 AM Nobody was left to ring: voicemail.",
        "10:01:00 AM The call ended.",
        "Call back caller ending 0142: Ana Ruiz, due 10:05 AM, open.",
    ]


def test_an_answered_call_says_who_took_it_and_how_long_they_talked(calling: Calling) -> None:
    answered_call(calling)
    lines = told(calling)
    assert lines[1] == "Successful transfer: Ben Okafor took the call after 12 s."
    assert "Ana Ruiz was busy." in lines
    assert "Ben Okafor rang 5 s, pressed 1 after 3 s, talked 1 min." in lines


def test_what_a_gate_saw_is_said_on_the_organisation_s_clock(database: Database) -> None:
    away = [{"from": "2026-03-01", "to": "2026-03-08"}]
    people = [
        agent("ana", hours="Mo-Fr 12:00-18:00", time_zone="America/New_York"),
        agent("ben", hours="Mo-Fr 13:00-18:00"),
        agent("cy", out_of_office=away),
        olive(),
    ]
    calling = Calling(
        database,
        organisation(agents=people).replace('"2026-03-01"', "2026-03-01").replace('"2026-03-08"', "2026-03-08"),
    )
    calling.arrive()
    lines = told(calling)
    assert "Not rung: Ana Ruiz is outside working hours (opens 11:00 AM)." in lines
    assert "Not rung: Ben Okafor is outside working hours (opens 1:00 PM)." in lines
    assert "Not rung: Cy Lund is out of office (through Sun Mar 8)." in lines
    assert "Nobody in the group may ring." in lines


def test_a_message_wanted_before_any_phone_rings_is_told_as_a_message(database: Database) -> None:
    calling = Calling(database, organisation(bot={"pattern": "simultaneous_group"}))
    held = calling.arrive()
    assert isinstance(held, HoldInQueue)
    with database.begin() as db:
        inbound.want_message(db, calling.sid, held.turn, SETTINGS, at(2))
        wait(db, calling.sid, held.turn, SETTINGS, at(2))
    assert isinstance(calling.queue_ends("leave", 3), TakeMessage)
    assert why(calling)["state"] == "message"


def test_a_phone_that_the_safety_net_rang_is_told(calling: Calling) -> None:
    calling.arrive()
    report = DialReport(bridged=True, status=CallStatus.COMPLETED, caller_left=False)
    with calling.database.begin() as db:
        arrival = Arrival(calling.sid, E164(LINE), E164(LEE))
        late_results.keep_arrival(db, arrival, SETTINGS, at(0), at(20))
        late_results.keep_fallback_end(db, calling.sid, DESK, report, SETTINGS, at(40))
    lines = told(calling)
    assert "10:00:00 AM The safety net answered, because SAMI itself could not." in lines
    assert f"10:00:40 AM The safety net rang {DESK}: accepted." in lines


@pytest.mark.parametrize("state", CallState)
def test_every_state_has_words(calling: Calling, state: CallState) -> None:
    calling.arrive()
    with calling.database.read() as db:
        story = explain_call(db, calling.sid)
    assert story is not None
    assert describe_call(replace(story, state=state)).result.startswith("No outcome yet: ")


@pytest.mark.parametrize("ended", AttemptEnd)
def test_every_end_of_an_attempt_has_words(calling: Calling, ended: AttemptEnd) -> None:
    calling.arrive()
    with calling.database.read() as db:
        story = explain_call(db, calling.sid)
    assert story is not None
    (attempt,) = story.attempts
    rung = replace(attempt, ended=ended, ended_at=at(20))
    said = describe_call(replace(story, attempts=(rung,))).moments[-1].details[-1]
    assert said.startswith("Ana Ruiz ")
    assert "_" not in said
