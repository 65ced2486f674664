"""What a call came to is said afterwards: by text, by key, through the API; and never in place of a transfer's end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.apply import apply
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.effects import SendText
from sami.outcomes.recording import LaterRefused, OutcomeNotReportable, Report, report_outcome
from sami.settings.loading import Settings
from sami.store import calls, leads, texts
from sami.store.cadences import enrolments_of, insert_enrolment
from sami.store.work import tasks
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import ANA, BEN, DEE, LEE, LINE, OLIVE, STAFF_LINE, STRANGER, agent, olive, organisation
from tests.support.world import SPEAKING, World
from webhooks.simulator.behaviours import Answers, Ignores
from webhooks.simulator.network import SimulatedCall
from webhooks.simulator.people import CallerScript

FILE = organisation(agents=[agent("ana"), agent("ben"), agent("cy", calls=False), olive()])
FRIDAY_3 = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
HEARS_THE_QUESTION = "What came of it?"


@dataclass
class Reporting:
    """One call of Lee's, and what is said of it afterwards."""

    world: World
    call: SimulatedCall

    def say(self, words: str, sender: str = ANA) -> str:
        """The answer to a staff text; {n} stands for the call's number."""
        self.world.network.text(sender, STAFF_LINE, words.format(n=self.row.id))
        self.world.network.run_for(2)
        return self.world.network.texts_to(sender)[-1].body

    @property
    def row(self) -> Any:
        with self.world.database.read() as db:
            return calls.find_call(db, self.call.sid)

    @property
    def came_to(self) -> tuple[str | None, str | None]:
        return self.row.outcome, self.row.reported

    @property
    def lead(self) -> Any:
        with self.world.database.read() as db:
            return leads.find_lead_by_phone(db, LEE)

    @property
    def tasks(self) -> list[tuple[str, datetime, str]]:
        with self.world.database.read() as db:
            return [(row.title, row.due_at, row.state) for row in db.execute(tasks.select().order_by(tasks.c.id))]

    @property
    def opted_out(self) -> bool:
        with self.world.database.read() as db:
            return texts.consent_of(db, LEE) == "opted_out"


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, FILE, beats=SPEAKING) as world:
        yield world


@pytest.fixture
def answered(world: World) -> Reporting:
    """Ana owns Lee's lead, and takes the call."""
    world.phone(ANA, Answers())
    return Reporting(world, world.call(LEE))


@pytest.fixture
def missed(world: World) -> Reporting:
    for phone in (ANA, BEN):
        world.phone(phone, Ignores())
    return Reporting(world, world.call(LEE))


def in_a_week(reported: Reporting) -> datetime:
    return reported.world.now + timedelta(days=7)


def test_after_a_plain_dial_the_agent_is_texted_the_question_with_the_calls_number(answered: Reporting) -> None:
    told = [text.body for text in answered.world.network.texts_to(ANA)]
    assert f"What came of call C{answered.row.id}, caller ending 0142?" in " ".join(told)
    assert any(text.startswith(f"Call C{answered.row.id} for you") for text in told)


def test_an_agent_reports_by_text_on_their_own_clock(answered: Reporting) -> None:
    said = answered.say("result {n} later fri 3pm")
    number = answered.row.id
    assert said == (
        f"C{number}: caller ending 0142 is to be contacted Fri 3:00 PM. To take it back: RESULT C{number} UNDO."
    )
    assert answered.came_to == ("successful_transfer", "contact_later")
    assert answered.tasks == [("Call caller ending 0142, as asked", FRIDAY_3, "open")]
    assert answered.lead.do_not_contact_until == FRIDAY_3


def test_the_timeline_says_what_was_reported_in_words_and_when_on_the_organisations_clock(answered: Reporting) -> None:
    answered.say("RESULT {n} LATER FRI 3PM, ask for the garage")
    with answered.world.database.read() as db:
        told = [row.text for row in db.execute(leads.timeline.select()) if row.kind == "outcome"]
    assert told == [
        "Agent ana reported: the lead asked to be contacted later, Fri Nov 20 3:00 PM CST. "
        "Their note: ask for the garage"
    ]


def test_r10_a_reported_time_moves_the_one_task_of_a_missed_transfer(missed: Reporting) -> None:
    [(title, due_at, _)] = missed.tasks
    assert due_at < FRIDAY_3
    missed.say("RESULT {n} FOLLOWUP FRI 3PM")
    assert missed.came_to == ("missed_transfer", "needs_follow_up")
    assert missed.tasks == [(title, FRIDAY_3, "open")]


def test_without_a_time_a_day_on_is_meant(answered: Reporting) -> None:
    now = answered.world.now
    answered.say("RESULT {n} LATER")
    [(_, due_at, _)] = answered.tasks
    assert timedelta(days=1) <= due_at - now < timedelta(days=1, minutes=1)


def test_each_word_is_an_outcome(answered: Reporting) -> None:
    said = {
        "RESULT {n} NO": "not_interested",
        "RESULT {n} UNQUALIFIED, no budget": "unqualified",
        "result {n} followup": "needs_follow_up",
        "Result #{n} not interested": "not_interested",
        "RESULT {n} WRONG": "bad_number",
        "RESULT {n} LATER": "contact_later",
        "RESULT {n} WRONG NUMBER": "bad_number",
    }
    for words, outcome in said.items():
        answered.say(words)
        assert answered.came_to == ("successful_transfer", outcome), words


def test_a_reported_opt_out_replaces_everything(answered: Reporting) -> None:
    answered.say("RESULT {n} NEVER")
    assert answered.came_to == ("opt_out", "opt_out")
    assert answered.opted_out
    answered.say("RESULT {n} LATER")
    assert answered.came_to == ("opt_out", "contact_later"), "and nothing replaces it"


def test_what_is_not_understood_changes_nothing_and_says_what_would_be(answered: Reporting) -> None:
    said = {
        "RESULT {n}": "Not understood. Say what it came to",
        "RESULT {n} HOORAY": "Not understood. Text RESULT C",
        "RESULT {n} LATER SOMEDAY": "Time not understood.",
        "RESULT {n} SUCCESS": "Not understood.",
        "RESULT 99999 NO": "There is no call C99999 of yours.",
    }
    for words, answer in said.items():
        assert answered.say(words).startswith(answer), words
    assert answered.came_to == ("successful_transfer", None)
    assert answered.tasks == []


def test_only_who_was_rung_who_owns_the_lead_or_who_manages_may_report(answered: Reporting) -> None:
    assert answered.say("RESULT {n} NO", BEN) == f"There is no call C{answered.row.id} of yours."
    assert answered.came_to == ("successful_transfer", None)
    answered.say("RESULT {n} NO", OLIVE)
    assert answered.came_to == ("successful_transfer", "not_interested")


def test_a_customer_who_writes_so_reports_nothing(answered: Reporting) -> None:
    answered.world.network.text(STRANGER, STAFF_LINE, f"RESULT {answered.row.id} NO")
    answered.world.network.run_for(2)
    assert answered.came_to == ("successful_transfer", None)


@pytest.mark.parametrize(("key", "outcome"), [("3", "not_interested"), ("9", "opt_out"), ("7", None)])
def test_after_a_call_taken_from_the_queue_a_key_says_what_it_came_to(
    world: World, key: str, outcome: str | None
) -> None:
    """The owner's phone rings out, Ben of the group takes the caller, who hangs up first."""
    world.phone(ANA, Ignores())
    takes = CallerScript(keys=[(2, "1")], reactions=[(HEARS_THE_QUESTION, key)])
    world.phone(BEN, Answers(performs=takes))
    reported = Reporting(world, world.call(LEE, CallerScript(talks_s=20)))
    assert any(HEARS_THE_QUESTION in heard.text for heard in world.network.heard_by(BEN))
    assert reported.row.reported == outcome
    assert reported.row.outcome == ("opt_out" if outcome == "opt_out" else "successful_transfer")


def test_who_answers_by_key_is_not_rung_again_before_they_have_hung_up(world: World) -> None:
    """R8: the question is still being asked when the next caller comes."""
    world.phone(ANA, Ignores())
    world.phone(BEN, Answers(performs=CallerScript(keys=[(2, "1")])))
    first = world.network.call(LEE, LINE, CallerScript(talks_s=5))
    while not any(HEARS_THE_QUESTION in heard.text for heard in world.network.heard_by(BEN)):
        world.network.run_for(1)
    second = world.network.call(STRANGER, LINE)
    world.network.run()
    world.network.run_for(60)
    assert [first.is_live, second.is_live] == [False, False]


def report(reported: Reporting, outcome: Outcome, later_at: datetime | None = None) -> None:
    with reported.world.database.begin() as db:
        call = calls.lock_call(db, reported.call.sid)
        assert call is not None
        report_outcome(db, call, Report(outcome, person("api crm"), "", later_at), reported.world.now)


def test_how_a_transfer_went_is_known_from_the_call_and_from_nothing_else(missed: Reporting) -> None:
    for outcome in (Outcome.SUCCESSFUL_TRANSFER, Outcome.MISSED_TRANSFER):
        with pytest.raises(OutcomeNotReportable):
            report(missed, outcome)


def test_a_time_lies_in_the_year_to_come_and_belongs_to_two_outcomes(missed: Reporting) -> None:
    for outcome, later in (
        (Outcome.CONTACT_LATER, timedelta(minutes=-1)),
        (Outcome.CONTACT_LATER, timedelta(days=400)),
        (Outcome.NOT_INTERESTED, timedelta(days=1)),
    ):
        with pytest.raises(LaterRefused):
            report(missed, outcome, missed.world.now + later)
    assert missed.came_to == ("missed_transfer", None)


def test_r10_however_often_it_is_reported_the_missed_transfer_has_one_task(missed: Reporting) -> None:
    for outcome in (Outcome.NEEDS_FOLLOW_UP, Outcome.CONTACT_LATER, Outcome.NEEDS_FOLLOW_UP):
        report(missed, outcome, in_a_week(missed))
    assert [title for title, *_ in missed.tasks] == ["Call back caller ending 0142"]
    assert [due_at for _, due_at, _ in missed.tasks] == [in_a_week(missed)]


def test_a_wrong_number_is_never_used_again(answered: Reporting) -> None:
    answered.say("RESULT {n} WRONG")
    with answered.world.database.read() as db:
        assert texts.is_bad_number(db, LEE)
    assert [title for title, *_ in answered.tasks] == ["Find another number of caller ending 0142"]


def test_reported_while_they_still_talk_the_transfer_is_told_as_it_goes(world: World) -> None:
    world.phone(ANA, Answers(talks_s=30))
    call = world.network.call(LEE, LINE)
    while not call.joined:
        world.network.run_for(1)
    reported = Reporting(world, call)
    reported.say("RESULT {n} FOLLOWUP")
    assert reported.came_to == (None, "needs_follow_up")
    world.network.run()
    world.network.run_for(60)
    assert reported.came_to == ("successful_transfer", "needs_follow_up")


def test_why_tells_who_reported_what_and_when_contact_is_due(answered: Reporting) -> None:
    answered.say("RESULT {n} LATER FRI 3PM")
    with answered.world.database.read() as db:
        story = explain_call(db, answered.call.sid)
    assert story is not None
    told = describe_call(story)
    assert told.result.startswith("Successful transfer: Ana Ruiz took the call")
    assert told.moments[-1].said == "Ana Ruiz reported: contact later, Fri 3:00 PM."
    answered.say("RESULT {n} NEVER")
    with answered.world.database.read() as db:
        story = explain_call(db, answered.call.sid)
    assert story is not None
    assert describe_call(story).result == "Opt out, as Ana Ruiz reported."


ASKED_BACK = {
    "RESULT {n} never picked up": ("NO ANSWER C{n}", "RESULT C{n} NEVER"),
    "RESULT C{n} stop by Friday": ("LATER FRI", "RESULT C{n} NEVER"),
    "RESULT {n} wrong time, try Monday": ("LATER MON", "RESULT C{n} WRONG"),
    "RESULT {n} no answer": ("NO ANSWER C{n}",),
    "RESULT {n} didn't pick up": ("NO ANSWER C{n}",),
    "RESULT {n} no thanks": ("RESULT C{n} NO",),
    "RESULT {n} NEVER, picked up": ("NO ANSWER C{n}",),
    "RESULT {n} unqualified lead source?": ("RESULT C{n} UNQUALIFIED",),
    "RESULT {n} LATER, try Friday 3pm": ("LATER FRI 3:00 PM",),
    "{n} no answer": ("NO ANSWER {n}", "Nothing was sent."),
    "{n} not interested": ("RESULT {n} NOT INTERESTED", "Nothing was sent."),
    "{n} later fri 3pm": ("RESULT {n} LATER FRI 3PM", "Nothing was sent."),
}


@pytest.mark.parametrize("words", ASKED_BACK)
def test_prose_that_begins_like_a_word_is_asked_back_and_never_obeyed(answered: Reporting, words: str) -> None:
    said = answered.say(words)
    for part in ASKED_BACK[words]:
        assert part.format(n=answered.row.id) in said, said
    assert answered.came_to == ("successful_transfer", None)
    assert (answered.opted_out, answered.tasks, answered.lead.stage) == (False, [], "CONTACTING")
    assert answered.world.network.texts_to(LEE) == []


def test_what_is_offered_when_asked_back_is_understood(answered: Reporting) -> None:
    said = answered.say("RESULT {n} stop by December 29 at 4pm")
    offered = re.search(r"RESULT C\d+ LATER [A-Z0-9 :]+(?= if)", said)
    assert offered is not None, said
    assert "is to be contacted" in answered.say(offered[0])


def test_nothing_automatic_goes_out_while_a_possible_stop_is_asked_back(answered: Reporting) -> None:
    """Not the text that waits either; it leaves when somebody says that it was none."""
    answered.say("RESULT {n} never mind, call the office")
    world = answered.world
    want = SendText(E164(LEE), E164(LINE), "Hi.", "workflow/1", lead_id=answered.lead.id, for_lead=True)
    with world.database.begin() as db:
        apply(db, [want], world.now)
    world.network.run_for(600)
    assert world.network.texts_to(LEE) == []
    answered.say("NO ANSWER {n}")
    world.network.run_for(600)
    assert [text.body for text in world.network.texts_to(LEE)] == ["Hi."]


@pytest.mark.parametrize(
    "words", ["NO ANSWER {n}", "no answer C{n}", "LEFT MESSAGE {n}, with her son", "Left a voicemail #{n}"]
)
def test_an_attempt_stops_the_clock_and_keeps_the_task(missed: Reporting, words: str) -> None:
    with missed.world.database.begin() as db:
        clock = {"sla_state": "active", "sla_due_at": missed.world.now + timedelta(minutes=5), "responded_at": None}
        leads.update_lead(db, missed.lead.id, **clock)
    assert missed.say(words).startswith("Noted for caller ending 0142")
    assert missed.lead.sla_state == "met"
    assert [state for *_, state in missed.tasks] == ["open"]
    assert missed.came_to == ("missed_transfer", None)


def test_somebody_elses_call_is_not_theirs_to_have_tried(answered: Reporting) -> None:
    assert answered.say("NO ANSWER {n}", BEN) == f"There is no call C{answered.row.id} of yours."


def test_a_number_of_another_kind_is_told_apart(answered: Reporting) -> None:
    assert "takes the number of a call" in answered.say("RESULT L{n} NO")
    assert "takes the number of a task" in answered.say("DONE L1")


def test_a_report_is_taken_back_within_a_quarter_of_an_hour(missed: Reporting) -> None:
    before = missed.lead, missed.tasks, missed.came_to
    missed.say("RESULT {n} NO")
    assert (missed.lead.stage, missed.tasks[0][2], missed.came_to[1]) == ("ARCHIVED", "done", "not_interested")
    assert missed.say("RESULT {n} UNDO").startswith(f'C{missed.row.id}: "not interested" is taken back.')
    assert (missed.lead.stage, missed.tasks, missed.came_to) == (before[0].stage, *before[1:])
    assert missed.lead.work_ended_at is None
    assert missed.say("RESULT {n} UNDO").startswith("Nothing was reported")


def test_a_time_that_was_reported_is_taken_back_with_its_task_and_cadences(missed: Reporting) -> None:
    world, lead_id = missed.world, missed.lead.id
    with world.database.begin() as db:
        enrolled = {"version": 1, "step_from": world.now, "enrolled_at": world.now, "due_at": world.now}
        insert_enrolment(db, lead_id=lead_id, cadence="nurture", **enrolled)
    before = missed.tasks
    missed.say("RESULT {n} LATER FRI 3PM")
    with world.database.read() as db:
        assert [row.state for row in enrolments_of(db, lead_id)] == ["paused"]
    assert missed.lead.do_not_contact_until == FRIDAY_3
    missed.say("RESULT {n} UNDO")
    with world.database.read() as db:
        assert [row.state for row in enrolments_of(db, lead_id)] == ["active"]
    assert missed.lead.do_not_contact_until is None
    assert missed.tasks == before


@pytest.mark.parametrize(("words", "why"), [("NEVER", "START"), ("WRONG", "never used again")])
def test_an_opt_out_and_a_bad_number_are_not_taken_back(answered: Reporting, words: str, why: str) -> None:
    answered.say(f"RESULT {{n}} {words}")
    said = answered.say("RESULT {n} UNDO")
    assert said.startswith("Not taken back")
    assert why in said
    assert answered.came_to[1] in ("opt_out", "bad_number")


def test_after_a_quarter_of_an_hour_nothing_is_taken_back(answered: Reporting) -> None:
    answered.say("RESULT {n} NO")
    answered.world.network.run_for(16 * 60)
    assert answered.say("RESULT {n} UNDO").startswith("Nothing was reported")
    assert answered.lead.stage == "ARCHIVED"


def test_a_lead_is_answered_by_its_letter_whatever_the_words(answered: Reporting) -> None:
    assert answered.say(f"L{answered.lead.id} no answer yet?") == "Sent to caller ending 0142."
    answered.say(f"L{answered.lead.id} No")
    assert [text.body for text in answered.world.network.texts_to(LEE)] == ["no answer yet?", "No"]


def texts_to(world: World, phone: str) -> list[str]:
    return [text.body for text in world.network.texts_to(phone)]


def test_who_answered_is_not_told_that_they_answered(answered: Reporting) -> None:
    assert [text for text in texts_to(answered.world, ANA) if "answered" in text] == []
    assert texts_to(answered.world, OLIVE) == ["Ana Ruiz answered caller ending 0142 (+15125550142) on Website."]


def test_who_was_offered_the_call_by_text_hears_once_who_took_it(settings: Settings) -> None:
    """Ana owns the lead and lets it ring, Ben of the group takes it, Dee passes: she knows."""
    people = [agent("ana"), agent("ben"), agent("dee"), olive()]
    with World(settings, organisation(agents=people), beats=SPEAKING) as world:
        world.phone(ANA, Ignores())
        world.phone(BEN, Answers(after_s=8, performs=CallerScript(keys=[(2, "1")])))
        world.phone(DEE, Answers(after_s=1, performs=CallerScript(keys=[(1, "2")])))
        reported = Reporting(world, world.call(LEE, CallerScript(talks_s=20)))
        number = reported.row.id
        taken = f"Call C{number} was taken by Ben Okafor."
        assert [text for text in texts_to(world, ANA) if "taken" in text] == [taken]
        assert [text for text in texts_to(world, BEN) + texts_to(world, DEE) if "taken" in text] == []
