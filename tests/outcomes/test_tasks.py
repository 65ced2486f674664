"""What people must do by a time is reminded of, put off, done, and told to managers when it is late."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from cadences.sweeps.sla import notice_breaches
from cadences.sweeps.tasks import look_after_tasks
from sami.apply import apply
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import CreateTask, DoNotContact, EndWork
from sami.leads.clocks import note_response, start_sla
from sami.leads.owners import reassign
from sami.outbox.digests import is_still_wanted
from sami.outcomes import tasks as service
from sami.outcomes.tasks import ESCALATED_AFTER
from sami.settings.sections import LimitsSettings
from sami.store.work import lock_task, outbox_items, tasks
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.support.cast import ANA, BEN, STAFF_LINE, agent, olive, organisation
from tests.support.leading import HOUR, MINUTE, Business

FILE = organisation(
    agents=[agent("ana"), agent("ben"), agent("cy"), agent("dee", role="manager", calls=False, leads=False), olive()]
)


class Desk(Business):
    """Ana's task 1 is to call a lead of hers back, due in an hour."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, FILE)
        self.lead_id = self.lead("ana")
        self.task(self.lead_id, "ana")
        self.change(due_at=self.now + HOUR)
        self.began = self.now
        self._texts = 0

    def change(self, **values: Any) -> None:
        self.do(lambda db: db.execute(tasks.update().values(**values)))

    def pass_time(self, length: timedelta) -> None:
        self.now += length
        look_after_tasks(self.database, self.now)

    def text(self, words: str, sender: str = ANA) -> str | None:
        self._texts += 1
        text = InboundText(f"SM{self._texts}", E164(sender), E164(STAFF_LINE), words)
        return self.do(lambda db: receive_text(db, text, LimitsSettings(), self.now))

    @property
    def row(self) -> Any:
        (row,) = self.rows(tasks)
        return row


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_its_owner_hears_once_that_a_task_is_due(desk: Desk) -> None:
    desk.pass_time(HOUR - MINUTE)
    assert desk.texts_to("ana") == []
    desk.pass_time(MINUTE)
    desk.pass_time(MINUTE)
    assert desk.texts_to("ana") == ["Task T1 is due: Call back. Text DONE T1 when done, or SNOOZE T1 1H."]


def test_managers_hear_once_of_a_task_that_nobody_did_in_time(desk: Desk) -> None:
    desk.pass_time(HOUR + ESCALATED_AFTER - MINUTE)
    assert desk.texts_to("dee") == []
    desk.pass_time(MINUTE)
    desk.pass_time(HOUR)
    assert desk.texts_to("dee") == ["Task T1 of Ana Ruiz is 30 min overdue: Call back."]
    assert desk.texts_to("olive") == []


def test_of_the_admins_queue_managers_hear_too(desk: Desk) -> None:
    desk.change(owner_id=None)
    desk.pass_time(HOUR + ESCALATED_AFTER)
    assert desk.texts_to("dee") == ["Task T1 of the admins' queue is 30 min overdue: Call back."]
    assert desk.texts_to("ana") == []


@pytest.mark.parametrize(
    ("words", "length"),
    [("SNOOZE 1 2H", 2 * HOUR), ("snooze #1 in 45 minutes", 45 * MINUTE), ("SNOOZE 1 FRI 10AM", timedelta(days=4))],
)
def test_its_owner_puts_a_task_off_by_text_and_is_reminded_anew(desk: Desk, words: str, length: timedelta) -> None:
    desk.pass_time(HOUR)
    answer = desk.text(words)
    assert answer is not None
    assert answer.startswith("Task T1 is put off until")
    assert desk.row.due_at == desk.now + length - (HOUR if "FRI" in words else timedelta())
    desk.pass_time(ESCALATED_AFTER)
    assert (len(desk.texts_to("ana")), desk.texts_to("dee")) == (1, [])
    desk.now = desk.row.due_at
    desk.pass_time(timedelta())
    assert len(desk.texts_to("ana")) == 2


@pytest.mark.parametrize("words", ["SNOOZE 1 yesterday", "SNOOZE 1 someday", "SNOOZE 1 in 900 days"])
def test_a_time_that_is_none_changes_nothing(desk: Desk, words: str) -> None:
    assert desk.text(words) == "Time not understood. Say it like 2H, TOMORROW 10AM or FRI 3PM."
    assert desk.row.due_at == desk.began + HOUR


def test_done_by_text_is_done_and_nobody_is_reminded_of_it(desk: Desk) -> None:
    assert desk.text("DONE 1") == "Task T1 is done: Call back."
    assert (desk.row.state, desk.row.done_by) == ("done", "agent ana")
    desk.pass_time(HOUR + ESCALATED_AFTER)
    assert (desk.texts_to("ana"), desk.texts_to("dee")) == ([], [])
    assert "Task T1 done by agent ana: Call back" in desk.told(desk.lead_id)


def test_somebody_elses_task_is_none_of_theirs(desk: Desk) -> None:
    for words in ("DONE 1", "SNOOZE 1 2H"):
        assert desk.text(words, BEN) == "You have no open task T1. Text TASKS for the list."
    assert desk.row.state == "open"


def test_done_by_mistake_it_is_opened_again(desk: Desk) -> None:
    desk.text("DONE 1")

    def reopen(db: Connection) -> None:
        row = lock_task(db, 1)
        assert row is not None
        service.reopen(db, row, by=person("api crm"), now=desk.now)

    desk.do(reopen)
    assert (desk.row.state, desk.row.done_by, desk.row.done_at) == ("open", None, None)


def test_who_is_given_the_lead_is_reminded_of_its_task(desk: Desk) -> None:
    desk.pass_time(HOUR)
    give = partial(
        reassign, lead_id=desk.lead_id, to="ben", reason="Ana is ill", notify=False, by=person("olive"), now=desk.now
    )
    desk.do(give)
    desk.pass_time(MINUTE)
    assert [text for text in desk.texts_to("ben") if text.startswith("Task T1 is due")] != []


def test_a_task_that_was_done_meanwhile_stays_done(desk: Desk) -> None:
    done_at: list[datetime] = []
    for _ in range(2):
        desk.text("DONE 1")
        done_at.append(desk.row.done_at)
        desk.now += MINUTE
    assert done_at[0] == done_at[1]


def stopped(desk: Desk, how: str) -> None:
    if how == "a text":
        text = InboundText("SM99", E164(desk.find(desk.lead_id).phone), E164(STAFF_LINE), "please stop calling me")
        desk.do(lambda db: receive_text(db, text, LimitsSettings(), desk.now))
    elif how == "the do-not-contact list":
        desk.do(lambda db: apply(db, [DoNotContact(desk.lead_id, None, "asked", person("api crm"))], desk.now))
    else:
        desk.do(lambda db: apply(db, [EndWork(desk.lead_id, how, person("agent ana"))], desk.now))


@pytest.mark.parametrize(
    ("how", "because"),
    [
        ("a text", "opt_out"),
        ("the do-not-contact list", "do_not_contact"),
        *((outcome, outcome) for outcome in ("not_interested", "unqualified", "bad_number")),
    ],
)
def test_r24_an_ending_ends_peoples_work_too(desk: Desk, how: str, because: str) -> None:
    desk.do(lambda db: start_sla(db, lead_id=desk.lead_id, policy=None, source="", now=desk.now))
    stopped(desk, how)
    assert desk.row.state == "done"
    assert desk.row.closed_because == because
    assert desk.find(desk.lead_id).sla_state == "ended"
    desk.pass_time(2 * HOUR)
    notice_breaches(desk.database, desk.now)
    assert [text for text in desk.texts_to("ana") + desk.texts_to("dee") if "do not call" not in text] == []
    assert any(told.startswith("Nobody has to do T1 any more") for told in desk.told(desk.lead_id))


def test_r24_a_reminder_that_waits_for_the_morning_does_not_leave_after_they_asked_to_stop(desk: Desk) -> None:
    desk.pass_time(HOUR)
    assert len(desk.texts_to("ana")) == 1
    desk.now += MINUTE
    stopped(desk, "a text")
    [waiting] = [row for row in desk.rows(outbox_items) if row.payload.get("asks_contact")]
    assert not desk.do(lambda db: is_still_wanted(db, waiting))


def test_r24_a_task_about_who_asked_not_to_be_called_is_done_as_it_is_made(desk: Desk) -> None:
    stopped(desk, "the do-not-contact list")
    asked = CreateTask("missed/CA9", "Call back", desk.ids["ana"], desk.now, desk.lead_id, asks_contact=True)
    other = CreateTask("task/CA9/0", "Take them off the mailing list", desk.ids["ana"], desk.now, desk.lead_id)
    desk.do(lambda db: apply(db, [asked, other], desk.now))
    assert [(row.state, row.closed_because) for row in desk.rows(tasks)[1:]] == [
        ("done", "do_not_contact"),
        ("open", None),
    ]


def test_r24_who_is_given_a_lead_that_asked_not_to_be_contacted_reads_so(desk: Desk) -> None:
    stopped(desk, "the do-not-contact list")
    give = partial(
        reassign, lead_id=desk.lead_id, to="ben", reason="Ana is ill", notify=True, by=person("olive"), now=desk.now
    )
    desk.do(give)
    assert "(asked not to be contacted: do not call)" in desk.texts_to("ben")[0]


def test_a_clock_that_ended_stays_so(desk: Desk) -> None:
    desk.do(lambda db: start_sla(db, lead_id=desk.lead_id, policy=None, source="", now=desk.now))
    stopped(desk, "not_interested")
    desk.do(lambda db: note_response(db, lead_id=desk.lead_id, at=desk.now + HOUR, how="they called"))
    assert desk.find(desk.lead_id).sla_state == "ended"
