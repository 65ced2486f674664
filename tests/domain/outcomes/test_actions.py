"""What each action makes true, to whom it is addressed, and why it is left out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from sami.documents.checks.actions import VERBS
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.language.phone import E164
from sami.domain.leads.stages import Stage
from sami.domain.organisation.document import Action
from sami.domain.outcomes.actions import UNDO, Acted, Facts, act, in_order, placeholders_of
from sami.domain.outcomes.effects import (
    AddTag,
    Announce,
    AssignOwner,
    CancelCadences,
    ChangeStage,
    CreateTask,
    DoNotContact,
    Effect,
    Enrol,
    PauseCadences,
    PlaceCall,
    PostToSlack,
    RemoveTag,
    SendEmail,
    SendText,
    TellInApp,
    WriteTimeline,
)
from sami.domain.outcomes.recipients import Person, Recipients
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE, STAFF_LINE
from tests.support.make import AT

LONDON_LANDLINE = E164("+442071838750")


def person(number: int, key: str, phone: str) -> Person:
    return Person(number, key, f"{key.title()} Ruiz", E164(phone), AT + timedelta(minutes=5))


ANAS, BENS, OLIVES = person(1, "ana", ANA), person(2, "ben", BEN), person(3, "olive", OLIVE)
EVERYBODY = Recipients(ANAS, OLIVES, (), (OLIVES,), {"ana": ANAS, "ben": BENS, "olive": OLIVES})
NOBODYS = replace(EVERYBODY, owner=None)
LEADS = Facts(
    by=ActorKind.WORKFLOW,
    name="intake",
    key="workflow/intake/lead/9/1",
    task_key="workflow/intake/lead/9/1/task",
    at=AT,
    recipients=EVERYBODY,
    values=placeholders_of("Lee Ortiz", ANAS, "Harbor Homes"),
    notice="New lead: Lee Ortiz.",
    text="Hello from Harbor Homes.",
    line=E164(STAFF_LINE),
    lead_line=E164(LINE),
    lead_id=9,
    phone=E164(LEE),
    stage=Stage.NEW,
    tags=("Buyer",),
)


def facts(**stated: Any) -> Facts:
    return replace(LEADS, **stated)


BY = Actor(ActorKind.WORKFLOW, "intake")
KEY, NEW = "workflow/intake/lead/9/1", "New lead: Lee Ortiz."


def notice(to: Person, body: str = "New lead: Lee Ortiz.") -> SendText:
    key = f"workflow/intake/lead/9/1/notice/{to.key}"
    return SendText(to.phone, E164(STAFF_LINE), body, key, lead_id=9, agent_id=to.id, can_wait=True)


def told(*names: str, body: str = "New lead: Lee Ortiz.") -> WriteTimeline:
    return WriteTimeline(9, "notice", f"Notice to {' and '.join(names)} by text: {body}")


def text(body: str, **stated: Any) -> SendText:
    key = "workflow/intake/lead/9/1/lead/4"
    return SendText(E164(LEE), E164(LINE), body, key, lead_id=9, for_lead=True, **stated)


def task(title: str, owner_id: int | None, due: timedelta = timedelta(minutes=5)) -> CreateTask:
    made = "workflow/intake/lead/9/1/task"
    return CreateTask(f"{made}/4", title, owner_id, AT + due, lead_id=9, occasion=made)


def assigned(from_id: int | None, to_id: int) -> AssignOwner:
    return AssignOwner(9, from_id, to_id, why="workflow intake", by=Actor(ActorKind.WORKFLOW))


def moved(stage: Stage) -> ChangeStage:
    return ChangeStage(9, stage, why="", by=BY)


def noted(said: str) -> WriteTimeline:
    return WriteTimeline(9, "note", said)


ASSIGN, STAGE = Action("assign_to", agent="ben"), Action("change_stage", stage=(Stage.CONTACTING,))
TAG, UNTAG = Action("add_tag", tag="vip"), Action("remove_tag", tag="buyer")
NOTE, TASK = Action("note", say="Called {lead.first_name}."), Action("task", title="Call {lead.name}")
NOTIFY, TEXT = Action("notify", who="owner"), Action("text_lead", say="Hi {lead.first_name}, {owner.first_name} here.")
HELLO = "Hi Lee, Ana here."


@pytest.mark.parametrize(
    ("action", "seen", "effects"),
    [
        pytest.param(Action("assign_by_policy"), LEADS, [], id="the policy was asked before"),
        pytest.param(ASSIGN, LEADS, [assigned(1, 2)], id="from one owner to another"),
        pytest.param(ASSIGN, facts(recipients=NOBODYS), [assigned(None, 2)], id="out of the pond"),
        pytest.param(STAGE, LEADS, [moved(Stage.CONTACTING)], id="to the next stage"),
        pytest.param(STAGE, facts(stage=None), [moved(Stage.CONTACTING)], id="from a stage that was not read"),
        pytest.param(TAG, LEADS, [AddTag(9, "vip", by=BY)], id="a new tag"),
        pytest.param(UNTAG, LEADS, [RemoveTag(9, "buyer", by=BY)], id="a tag goes, in whatever case"),
        pytest.param(UNTAG, facts(tags=None), [RemoveTag(9, "buyer", by=BY)], id="tags not read"),
        pytest.param(NOTE, LEADS, [noted("Called Lee.")], id="a note, filled"),
        pytest.param(TASK, LEADS, [task("Call Lee Ortiz", 1)], id="a task of the owner, in five minutes"),
        pytest.param(replace(TASK, due="2 days"), LEADS, [task("Call Lee Ortiz", 1, timedelta(2))], id="by its time"),
        pytest.param(replace(TASK, who="ben"), LEADS, [task("Call Lee Ortiz", 2)], id="a task of somebody named"),
        pytest.param(TASK, facts(recipients=NOBODYS), [task("Call Lee Ortiz", None)], id="nobody owns the lead"),
        pytest.param(TASK, facts(recipients=Recipients()), [task("Call Lee Ortiz", None)], id="the admins' queue"),
        pytest.param(NOTIFY, LEADS, [notice(ANAS), told("Ana Ruiz")], id="the owner, in the standard words"),
        pytest.param(
            replace(NOTIFY, say="{lead.name}!"),
            LEADS,
            [notice(ANAS, "Lee Ortiz!"), told("Ana Ruiz", body="Lee Ortiz!")],
            id="in an admin's words",
        ),
        pytest.param(
            NOTIFY, facts(recipients=NOBODYS), [notice(OLIVES), told("Olive Ruiz")], id="no owner: the admins"
        ),
        pytest.param(
            Action("notify", who="owner", by=("email", "app", "slack", "webhook")),
            LEADS,
            [
                SendEmail(1, NEW, NEW, f"{KEY}/notice/ana/email", lead_id=9, can_wait=True, notice=f"{KEY}/notice/ana"),
                TellInApp(1, NEW, f"{KEY}/notice/ana/app", lead_id=9, can_wait=True, notice=f"{KEY}/notice/ana"),
                PostToSlack(NEW, f"{KEY}/notice/slack", lead_id=9),
                Announce(
                    "notice",
                    {"text": NEW, "who": ["ana"], "lead": 9, "call": None},
                    f"{KEY}/notice/webhook",
                    lead_id=9,
                ),
                WriteTimeline(9, "notice", f"Notice to Ana Ruiz by email and app and Slack and webhook: {NEW}"),
            ],
            id="on every other channel",
        ),
        pytest.param(
            Action("call_lead", message="Hi {lead.first_name}."),
            facts(enrolment=3),
            [PlaceCall(9, E164(LEE), E164(LINE), f"{KEY}/call/4", message="Hi Lee.", enrolment=3)],
            id="a call of ours",
        ),
        pytest.param(
            Action("enrol", cadence="ten-day"),
            LEADS,
            [Enrol(9, "ten-day", BY, E164(LINE))],
            id="into a cadence",
        ),
        pytest.param(
            Action("pause_cadences", for_="2 days"),
            LEADS,
            [PauseCadences(9, AT + timedelta(2), "intake", BY)],
            id="cadences held back for a while",
        ),
        pytest.param(
            Action("pause_cadences"),
            LEADS,
            [PauseCadences(9, None, "intake", BY)],
            id="cadences held back until somebody resumes them",
        ),
        pytest.param(
            Action("cancel_cadences", cadence="ten-day"),
            LEADS,
            [CancelCadences(9, "intake", BY, "ten-day")],
            id="one cadence ended",
        ),
        pytest.param(
            Action("do_not_contact", for_="1 month"),
            LEADS,
            [DoNotContact(9, AT + timedelta(30), "intake", BY)],
            id="left alone for a month",
        ),
        pytest.param(TEXT, LEADS, [text(HELLO)], id="the lead, whenever it may be texted"),
        pytest.param(Action("text_lead"), LEADS, [text("Hello from Harbor Homes.")], id="in the standard words"),
        pytest.param(TEXT, facts(asked_at=AT), [text(HELLO, asked_at=AT)], id="an answer, at any hour"),
    ],
)
def test_what_an_action_makes_true(action: Action, seen: Facts, effects: list[Effect]) -> None:
    assert act(action, 4, seen) == Acted(tuple(effects))


@pytest.mark.parametrize(
    ("action", "seen", "why"),
    [
        (ASSIGN, facts(recipients=replace(EVERYBODY, owner=BENS)), "ben owns the lead already"),
        (replace(ASSIGN, agent="cy"), LEADS, "cy is no active agent"),
        (STAGE, facts(stage=Stage.CONTACTING), "the lead is CONTACTING already"),
        (replace(TAG, tag="BUYER"), LEADS, "the lead has the tag BUYER already"),
        (replace(UNTAG, tag="vip"), LEADS, "the lead has no tag vip"),
        (NOTIFY, facts(line=None), "no line of ours could send it"),
        (NOTIFY, facts(recipients=Recipients()), "there is nobody to tell, not even an admin"),
        (TEXT, facts(phone=None), "no phone of theirs is known"),
        (TEXT, facts(phone=LONDON_LANDLINE), "their phone is a landline"),
        (TEXT, facts(lead_line=None), "no line of ours could send it"),
        *((action, facts(lead_id=None), "there is no lead") for action in (ASSIGN, STAGE, TAG, UNTAG, NOTE)),
    ],
)
def test_what_comes_to_nothing_says_why(action: Action, seen: Facts, why: str) -> None:
    assert act(action, 4, seen) == Acted(left_out=why)


def test_a_move_that_is_not_listed_is_left_out_and_still_told_to_the_timeline() -> None:
    acted = act(Action("change_stage", stage=(Stage.NEW,)), 4, facts(stage=Stage.CLOSED))
    assert acted == Acted((moved(Stage.NEW),), "a lead may not go from CLOSED to NEW")


@pytest.mark.parametrize(
    ("who", "recipients", "reached"),
    [
        ("owner", EVERYBODY, [ANAS]),
        ("owner", NOBODYS, [OLIVES]),
        ("account_owner", EVERYBODY, [OLIVES]),
        ("account_owner", replace(EVERYBODY, account_owner=None, admins=(BENS,)), [BENS]),
        ("managers", replace(EVERYBODY, managers=(ANAS, BENS)), [ANAS, BENS]),
        ("managers", EVERYBODY, [OLIVES]),
        ("admins", EVERYBODY, [OLIVES]),
        ("ben", EVERYBODY, [BENS]),
        ("somebody who left", EVERYBODY, [OLIVES]),
    ],
)
def test_nothing_is_addressed_to_nobody(who: str, recipients: Recipients, reached: list[Person]) -> None:
    assert recipients.whom(who) == tuple(reached)
    sent = act(Action("notify", who=who), 0, facts(recipients=recipients)).effects
    line = told(*(somebody.name for somebody in reached))
    assert sent == (*(notice(somebody) for somebody in reached), line)


def test_every_verb_says_how_it_is_undone_or_why_it_cannot_be() -> None:
    verbs = set(get_args(Action.__annotations__["do"]))
    assert set(UNDO) == verbs == set(VERBS)
    assert all(sentence.endswith(".") for sentence in UNDO.values())


def test_the_lead_changes_first_and_as_written_then_comes_what_is_said_of_it() -> None:
    written = [TEXT, NOTIFY, TAG, TASK, Action("assign_by_policy"), NOTE, STAGE]
    ordered = [action.do for action in in_order(written)]
    assert ordered == ["add_tag", "assign_by_policy", "change_stage", "note", "task", "notify", "text_lead"]


def test_a_lead_without_name_or_owner_is_still_spoken_to_politely() -> None:
    values = placeholders_of("", None, "Harbor Homes")
    assert (values["lead.first_name"], values["owner.first_name"]) == ("there", "Harbor Homes")
