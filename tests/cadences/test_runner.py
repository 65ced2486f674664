"""Enrolments take their steps when they are due, once each, and end or wait for the reasons that are said."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from cadences.enrolment import NotInCadences, cancel, pause, resume
from cadences.runner import LEASE, claim, run_due, take_step
from sami.database.engine import Database
from sami.domain.consent.permission import NEVER
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage
from sami.domain.outcomes.effects import CancelCadences, ChangeStage, DoNotContact, Enrol, OptOut, PauseCadences
from sami.settings.sections import CadencesSettings
from sami.store.cadences import enrolments
from sami.store.calls import insert_call, update_call
from sami.store.texts import mark_bad_number
from sami.store.work import outbox_items, tasks
from tests.support.cadencing import CALL, DAY, TEXT, Cadencing, instants
from tests.support.cast import LINE
from tests.support.leading import HOUR, MINUTE, MONDAY_10
from tests.support.patience import patient

pytestmark = pytest.mark.races

TASK = {"do": "task", "title": "Call {lead.name}", "due": "1 hour"}


@pytest.fixture
def business(database: Database) -> Cadencing:
    return Cadencing(database, cadence=[TEXT, DAY, CALL, {"do": "stop_if", "stage": ["QUALIFIED"]}, TASK])


def test_every_step_is_taken_in_its_time_and_once(business: Cadencing) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.live_for(timedelta(days=3))
    assert business.texts(lead) == [(MONDAY_10, "Hi Maria, it is Ana.")]
    assert [row.created_at for row in business.calls(lead)] == [MONDAY_10 + timedelta(days=1)]
    assert [row.title for row in business.rows(tasks)] == ["Call Maria Ortiz"]
    assert business.standing(enrolment) == ("completed", "every step was taken", "cadence cadence")
    assert [position for position, *_ in business.steps(enrolment)] == [0, 1, 2, 3, 4]


def test_the_dedupe_key_of_a_step_is_a_sentence(business: Cadencing) -> None:
    enrolment = business.enrol(business.lead())
    business.run()
    (item,) = business.rows(outbox_items)
    assert item.dedupe_key.startswith(f"enrolment/{enrolment}/step/0")
    assert item.payload["enrolment"] == enrolment
    assert item.payload["for_lead"]


def test_a_lead_finishes_the_version_it_started(business: Cadencing) -> None:
    before, after = business.lead(), business.lead()
    business.enrol(before)
    business.run()
    business.publish(cadence=[{"do": "text_lead", "say": "New words."}])
    business.enrol(after)
    business.live_for(timedelta(days=2))
    assert [body for _, body in business.texts(after)] == ["New words."]
    assert [body for _, body in business.texts(before)] == ["Hi Maria, it is Ana."]
    assert len(business.calls(before)) == 1


def test_a_second_enrolment_is_skipped_and_said_so(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    business.apply(Enrol(lead, "cadence", person("workflow intake")))
    assert len(business.rows(enrolments)) == 1
    assert business.told(lead)[-1] == "Not enrolled again in Cadence by workflow intake: the lead is in it"


def test_one_who_has_finished_may_begin_again(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    business.live_for(timedelta(days=3))
    again = business.enrol(lead)
    business.run()
    assert len(business.texts(lead)) == 2
    assert business.standing(again)[0] == "active"


def test_a_stop_if_that_holds_ends_it(business: Cadencing) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.run()
    business.change(lead, stage="QUALIFIED")
    business.live_for(timedelta(days=2))
    assert business.standing(enrolment) == ("completed", "the lead is QUALIFIED", "cadence cadence")
    assert business.rows(tasks) == []


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        pytest.param(["Hot"], ["Hot words.", "Both."], id="it holds"),
        pytest.param([], ["Cold words.", "Both."], id="not"),
    ],
)
def test_a_branch_takes_one_of_its_ways(database: Database, tags: list[str], said: list[str]) -> None:
    branch = {
        "do": "branch",
        "when": {"tags": ["hot"]},
        "then": [{"do": "text_lead", "say": "Hot words."}],
        "else": [{"do": "text_lead", "say": "Cold words."}],
    }
    business = Cadencing(database, cadence=[branch, {"do": "text_lead", "say": "Both."}])
    lead = business.lead(tags=tags)
    business.enrol(lead)
    business.run()
    assert [body for _, body in business.texts(lead)] == said


def test_at_night_a_text_waits_for_the_morning(business: Cadencing) -> None:
    business.now = datetime(2026, 11, 17, 4, 0, tzinfo=UTC)  # 22:00 in Texas.
    lead = business.lead()
    business.enrol(lead)
    business.live_for(timedelta(hours=12))
    assert instants(business.texts(lead)) == [datetime(2026, 11, 17, 14, 0, tzinfo=UTC)]


def test_sundays_are_left_out_where_the_operator_says_so(business: Cadencing) -> None:
    business.settings = CadencesSettings(sundays=False, quiet_from="19:00", quiet_to="09:30")
    business.now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # Saturday, 19:00 in Texas.
    lead = business.lead()
    business.enrol(lead)
    business.live_for(timedelta(days=3))
    assert instants(business.texts(lead)) == [datetime(2026, 11, 23, 15, 30, tzinfo=UTC)]


def test_a_lead_hears_at_most_so_often_a_day(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT, TEXT, TEXT, TEXT, CALL])
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.live_for(timedelta(days=2))
    morning = datetime(2026, 11, 17, 14, 0, tzinfo=UTC)
    assert instants(business.acted(enrolment)) == [MONDAY_10] * 3 + [morning] * 2


def test_the_limit_is_for_all_cadences_of_a_lead_together(database: Database) -> None:
    business = Cadencing(database, one=[TEXT, TEXT], other=[TEXT, TEXT])
    lead = business.lead()
    for key in ("one", "other"):
        business.enrol(lead, key)
    business.live_for(timedelta(hours=6))
    assert len(business.texts(lead)) == 3
    business.live_for(timedelta(days=1))
    assert len(business.texts(lead)) == 4


def test_a_text_waits_for_the_day_before_which_they_are_not_to_be_contacted(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    until = MONDAY_10 + timedelta(days=9)
    business.apply(DoNotContact(lead, until, "asked to be contacted later", person("outcome contact_later")))
    business.live_for(timedelta(days=20))
    assert instants(business.texts(lead)) == [until]


def test_nobody_is_texted_while_they_are_on_the_phone_with_us(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    values = {"line": LINE, "bot": "main", "state": "ringing", "version": 1, "progress": "{}", "arrived_at": MONDAY_10}
    call = business.do(lambda db: insert_call(db, sid="CA1", lead_id=lead, caller=business.find(lead).phone, **values))
    business.live_for(5 * MINUTE)
    assert business.texts(lead) == []
    business.do(lambda db: update_call(db, call, state="ended", ended_at=business.now))
    business.live_for(2 * MINUTE)
    assert len(business.texts(lead)) == 1


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        pytest.param("opt_out", "they opted out", id="they said STOP"),
        pytest.param("bad_number", "their number is bad", id="the carrier knows no such number"),
        pytest.param("for_good", "they are not to be contacted", id="not to be contacted for good"),
        pytest.param("stage", "the lead is ARCHIVED", id="put away behind our back"),
    ],
)
def test_what_ends_a_cadence_by_itself(business: Cadencing, ends: str, why: str) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.run()
    phone = E164(business.find(lead).phone)
    match ends:
        case "opt_out":
            business.apply(OptOut(phone, "text SM1"))
        case "bad_number":
            business.do(lambda db: mark_bad_number(db, phone=phone, error_code=30005, at=business.now))
        case "for_good":
            business.change(lead, do_not_contact_until=NEVER)
        case "stage":
            business.change(lead, stage="ARCHIVED")
    business.live_for(timedelta(days=3))
    assert business.standing(enrolment) == ("cancelled", why, "cadence cadence")
    assert business.calls(lead) == []
    assert len(business.acted(enrolment)) == 1


@pytest.mark.parametrize("stage", [Stage.ARCHIVED, Stage.CLOSED, Stage.TRASHED])
def test_a_stage_that_is_no_longer_open_ends_it_at_once(business: Cadencing, stage: Stage) -> None:
    lead = business.lead(stage="QUALIFIED")
    enrolment = business.enrol(lead)
    business.run()
    business.apply(ChangeStage(lead, stage, "", person("olive")))
    assert business.standing(enrolment) == ("cancelled", f"the lead is {stage}", "olive")


def test_a_landline_gets_no_text_and_its_story_says_so(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT, CALL])
    lead = business.lead(phone="+442079460123", country="GB")
    enrolment = business.enrol(lead)
    business.live_for(timedelta(days=2))
    assert business.texts(lead) == []
    assert len(business.calls(lead)) == 1
    assert business.steps(enrolment)[0] == (0, "text_lead", "left_out", "their phone is a landline")
    assert "Cadence, step 1 (text_lead), is left out: their phone is a landline" in business.told(lead)


def test_a_lead_without_a_phone_goes_through_the_rest(database: Database) -> None:
    business = Cadencing(database, cadence=[TEXT, CALL, TASK])
    lead = business.lead(phone=None, email="maria@example.com")
    enrolment = business.enrol(lead)
    business.run()
    assert [state for _, _, state, _ in business.steps(enrolment)] == ["left_out", "left_out", "done"]
    assert len(business.rows(tasks)) == 1


def test_a_pause_with_an_end_resumes_by_itself(business: Cadencing) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.run()
    until = MONDAY_10 + timedelta(days=4)
    business.apply(PauseCadences(lead, until, "needs follow up", person("outcome needs_follow_up")))
    assert business.standing(enrolment) == ("paused", "needs follow up", "outcome needs_follow_up")
    business.live_for(timedelta(days=6))
    assert [row.created_at for row in business.calls(lead)] == [until]
    assert "Cadence goes on: its pause is over" in business.told(lead)


def test_a_pause_without_an_end_lasts_until_a_person_resumes_it(business: Cadencing) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.run()
    business.do(lambda db: pause(db, lead, until=None, by=person("olive"), why="they replied", now=business.now))
    business.live_for(timedelta(days=30))
    assert business.calls(lead) == []
    business.do(lambda db: resume(db, lead, key=None, by=person("olive"), why="", now=business.now))
    assert business.standing(enrolment)[0] == "active"
    business.run()
    assert len(business.calls(lead)) == 1
    assert "Cadence resumed by olive" in business.told(lead)


def test_who_is_in_no_cadence_has_none_to_pause(business: Cadencing) -> None:
    lead = business.lead()
    for change in (
        lambda db: pause(db, lead, until=None, by=person("olive"), why="", now=business.now),
        lambda db: resume(db, lead, key=None, by=person("olive"), why="", now=business.now),
        lambda db: cancel(db, lead, key=None, by=person("olive"), why="", now=business.now),
    ):
        with pytest.raises(NotInCadences):
            business.do(change)


def test_r09_a_step_that_was_claimed_before_the_cancel_is_not_taken(business: Cadencing) -> None:
    lead = business.lead()
    enrolment = business.enrol(lead)
    (claimed,) = claim(business.database, business.now, limit=10)
    business.apply(CancelCadences(lead, "successful transfer", person("outcome successful_transfer"), call="CA1"))
    take_step(business.database, claimed, business.settings, business.now)
    assert business.texts(lead) == []
    assert business.standing(enrolment)[0] == "cancelled"


def test_r05_what_a_dead_worker_had_claimed_is_taken_when_its_lease_ends(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    claim(business.database, business.now, limit=10)
    business.run()
    assert business.texts(lead) == []
    business.now += LEASE
    business.run()
    assert len(business.texts(lead)) == 1


def test_r05_two_who_claimed_the_same_step_take_it_once(business: Cadencing) -> None:
    lead = business.lead()
    business.enrol(lead)
    (first,) = claim(business.database, business.now, limit=10)
    (second,) = claim(business.database, business.now + LEASE, limit=10)
    for claimed in (first, second):
        take_step(business.database, claimed, business.settings, business.now)
    assert len(business.texts(lead)) == 1


def test_r05_workers_who_run_at_once_take_every_step_once(database_url: str, business: Cadencing) -> None:
    leads = [business.lead() for _ in range(20)]
    for lead in leads:
        business.enrol(lead)
    together = Barrier(3)

    def work() -> None:
        mine = patient(database_url)
        together.wait()
        run_due(mine, business.settings, business.now)
        mine.close()

    workers = [Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [len(business.texts(lead)) for lead in leads] == [1] * len(leads)
    assert {row.position for row in business.rows(enrolments)} == {1}


def test_an_enrolment_whose_cadence_nobody_knows_ends_and_keeps_no_other_from_its_turn(business: Cadencing) -> None:
    lost, lead = business.lead(), business.lead()
    enrolment = business.enrol(lost)
    business.do(lambda db: db.execute(enrolments.update().values(cadence="gone")))
    business.enrol(lead)
    business.run()
    assert business.standing(enrolment) == ("cancelled", "there is no such cadence", "cadence gone")
    assert (len(business.texts(lost)), len(business.texts(lead))) == (0, 1)


def test_a_step_that_cancels_its_own_cadence_is_its_last(database: Database) -> None:
    business = Cadencing(database, cadence=[TASK, {"do": "cancel_cadences"}, TEXT])
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.live_for(timedelta(days=1))
    assert business.standing(enrolment) == ("cancelled", "cadence", "cadence cadence")
    assert business.texts(lead) == []


def test_a_step_that_pauses_its_own_cadence_holds_back_the_next(database: Database) -> None:
    business = Cadencing(database, cadence=[{"do": "pause_cadences", "for": "2 hours"}, TEXT])
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.live_for(timedelta(hours=3))
    assert instants(business.texts(lead)) == [MONDAY_10 + 2 * HOUR]
    assert business.standing(enrolment)[0] == "completed"


def test_steps_change_owner_stage_and_tags(database: Database) -> None:
    steps = [
        {"do": "assign_to", "agent": "ben"},
        {"do": "change_stage", "stage": "QUALIFIED"},
        {"do": "add_tag", "tag": "hot"},
        {"do": "note", "say": "Handed on."},
        TEXT,
        {"do": "enrol", "cadence": "next"},
    ]
    business = Cadencing(database, cadence=steps, next=[{"do": "wait", "for": "5 minutes"}, TASK])
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.live_for(10 * MINUTE)
    found = business.find(lead)
    assert (business.owner(lead), found.stage, found.tags) == ("ben", "QUALIFIED", ["hot"])
    assert [body for _, body in business.texts(lead)] == ["Hi Maria, it is Ben."]
    assert business.standing(enrolment)[0] == "completed"
    assert business.task_owners(lead) == [business.ids["ben"]]
    business.expect_true_books()


def test_a_choice_is_made_again_when_what_it_led_to_had_to_wait(database: Database) -> None:
    """Chosen at night for a text that only leaves in the morning: meanwhile the lead was qualified."""
    business = Cadencing(database, cadence=[{"do": "stop_if", "stage": ["QUALIFIED"]}, TEXT])
    business.now = datetime(2026, 11, 17, 4, 0, tzinfo=UTC)
    lead = business.lead()
    enrolment = business.enrol(lead)
    business.run()
    business.change(lead, stage="QUALIFIED")
    business.live_for(timedelta(days=1))
    assert business.texts(lead) == []
    assert business.standing(enrolment)[0] == "completed"
