"""What an outcome makes happen: what no admin can edit away, then the admin's own lines, reassignment first."""

from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest

from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.document import Action, Bot, OutcomeRules
from sami.domain.outcomes import outcome_actions as outcomes
from sami.domain.outcomes.actions import gives_an_owner
from sami.domain.outcomes.effects import AssignOwner, CreateTask, Effect, SendText, WriteTimeline
from sami.domain.outcomes.outcome_actions import CallFacts, Person
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE
from tests.support.make import AT

MISSED, ANSWERED = Outcome.MISSED_TRANSFER, Outcome.SUCCESSFUL_TRANSFER
FIVE, NINE = AT + timedelta(minutes=5), AT + timedelta(hours=9)


def consequences(outcome: Outcome, rules: Bot | None, call: CallFacts) -> tuple[Effect, ...]:
    """What happens, in its order: whoever gets the lead gets it first."""
    came_to = outcomes.consequences(outcome, rules, call)
    gives = [each for each in came_to.actions if gives_an_owner(each.action)]
    others = [each for each in came_to.actions if not gives_an_owner(each.action)]
    parts = (*(each.effects for each in gives), came_to.fixed, *(each.effects for each in others))
    return tuple(chain.from_iterable(parts))


def person(number: int, key: str, phone: str, **stated: object) -> Person:
    return Person(number, key, f"{key.title()} Ruiz", E164(phone), FIVE, "Mon Nov 16, 10:05")


ANAS, BENS, OLIVES = person(1, "ana", ANA), person(2, "ben", BEN), person(3, "olive", OLIVE)
CALL = CallFacts(
    sid="CA1",
    at=AT,
    arrived_at=AT,
    line=E164(LINE),
    line_name="Website",
    organisation="Harbor Homes",
    queue_due_at=FIVE,
    caller=E164(LEE),
    lead_id=9,
    lead_name="Lee Ortiz",
    owner=ANAS,
    account_owner=OLIVES,
    admins=(OLIVES,),
    people={"ana": ANAS, "ben": BENS, "olive": OLIVES},
)


def bot(outcome: Outcome, *actions: Action) -> Bot:
    return Bot("main", outcomes={outcome.value: OutcomeRules(actions)})  # type: ignore[dict-item]


def tasks(effects: tuple[Effect, ...]) -> list[CreateTask]:
    return [effect for effect in effects if isinstance(effect, CreateTask)]


def texted(effects: tuple[Effect, ...]) -> list[str]:
    return [effect.to for effect in effects if isinstance(effect, SendText)]


@pytest.mark.parametrize(
    ("call", "owner_id", "due_at"),
    [
        pytest.param(CALL, 1, FIVE, id="the owner's"),
        pytest.param(replace(CALL, owner=replace(ANAS, due_at=NINE)), 1, NINE, id="due when the owner is at work"),
        pytest.param(replace(CALL, owner=None), None, FIVE, id="the admins' queue, which has no hours"),
        pytest.param(replace(CALL, owner=None, lead_id=None, caller=None), None, FIVE, id="a withheld caller's"),
        pytest.param(replace(CALL, abandoned=True), 1, FIVE, id="an abandoned call's"),
    ],
)
@pytest.mark.parametrize("written", [None, (), (Action("note", say="."),)], ids=["default", "nothing", "a note"])
def test_r10_a_missed_transfer_is_one_task_whatever_an_admin_wrote(
    call: CallFacts, owner_id: int | None, due_at: object, written: tuple[Action, ...] | None
) -> None:
    rules = None if written is None else bot(MISSED, *written)
    (task,) = tasks(consequences(MISSED, rules, call))
    assert (task.owner_id, task.due_at, task.dedupe_key) == (owner_id, due_at, "missed/CA1")


@pytest.mark.parametrize(
    ("outcome", "call", "to"),
    [
        pytest.param(ANSWERED, CALL, [ANA, OLIVE], id="answered: owner and account owner"),
        pytest.param(ANSWERED, replace(CALL, account_owner=None), [ANA, OLIVE], id="no account owner: the admins"),
        pytest.param(MISSED, CALL, [ANA, LEE], id="missed: owner and caller"),
        pytest.param(MISSED, replace(CALL, owner=None), [OLIVE, LEE], id="missed and unowned: the admins"),
        pytest.param(MISSED, replace(CALL, caller=None, lead_id=None, owner=None), [OLIVE], id="withheld: no text"),
        pytest.param(Outcome.NEEDS_FOLLOW_UP, CALL, [ANA], id="a message by choice: the owner"),
        pytest.param(Outcome.OPT_OUT, CALL, [ANA], id="opted out: the owner, never the caller"),
        pytest.param(Outcome.CONTACT_LATER, CALL, [], id="nothing is said of the others"),
    ],
)
def test_who_is_told_by_default(outcome: Outcome, call: CallFacts, to: list[str]) -> None:
    assert texted(consequences(outcome, None, call)) == to


@pytest.mark.parametrize("outcome", [MISSED, Outcome.NEEDS_FOLLOW_UP])
def test_r06_only_what_tells_staff_of_a_missed_transfer_is_said_again(outcome: Outcome) -> None:
    said = [each for each in consequences(outcome, None, CALL) if isinstance(each, SendText)]
    assert {each.occasion for each in said} == {f"{outcome}/{CALL.sid}"}
    assert {each.for_lead: each.repeats_when_lost for each in said}[False] is (outcome is MISSED)
    assert not any(each.repeats_when_lost for each in said if each.for_lead)


def test_a_lead_without_owner_belongs_to_whoever_accepted() -> None:
    effects = consequences(ANSWERED, None, replace(CALL, owner=None, answered_by=BENS))
    assert [(e.from_id, e.to_id, str(e.by)) for e in effects if isinstance(e, AssignOwner)] == [(None, 2, "call")]
    owned = consequences(ANSWERED, None, replace(CALL, answered_by=BENS))
    assert not [effect for effect in owned if isinstance(effect, AssignOwner)]


def test_reassigning_runs_first_so_that_everything_reaches_the_new_owner() -> None:
    written = bot(MISSED, Action("notify", who="owner"), Action("task", title="Call"), Action("assign_to", agent="ben"))
    effects = consequences(MISSED, written, CALL)
    assert isinstance(effects[0], AssignOwner)
    assert (effects[0].from_id, effects[0].to_id) == (1, 2)
    assert [task.owner_id for task in tasks(effects)] == [2, 2]
    assert texted(effects) == [BEN]


@pytest.mark.parametrize(
    "call",
    [replace(CALL, owner=BENS), replace(CALL, lead_id=None), replace(CALL, people={})],
    ids=["already theirs", "no lead", "nobody of that name"],
)
def test_an_assignment_that_changes_nothing_is_none(call: CallFacts) -> None:
    effects = consequences(MISSED, bot(MISSED, Action("assign_to", agent="ben")), call)
    assert not [effect for effect in effects if isinstance(effect, AssignOwner)]


@pytest.mark.parametrize(
    ("who", "call", "to"),
    [
        ("owner", CALL, [ANA]),
        ("owner", replace(CALL, owner=None), [OLIVE]),
        ("account_owner", CALL, [OLIVE]),
        ("managers", CALL, [OLIVE]),
        ("managers", replace(CALL, managers=(ANAS, BENS)), [ANA, BEN]),
        ("admins", CALL, [OLIVE]),
        ("ben", CALL, [BEN]),
        ("somebody who left", CALL, [OLIVE]),
    ],
)
def test_nothing_is_addressed_to_nobody(who: str, call: CallFacts, to: list[str]) -> None:
    assert texted(consequences(MISSED, bot(MISSED, Action("notify", who=who)), call)) == to


def test_an_admins_words_are_filled_and_a_typo_breaks_nothing() -> None:
    say = "{lead.first_name}, {owner.first_name} of {organisation.name} calls {call.caller} on {line.name} {typo}"
    (text,) = [
        e for e in consequences(MISSED, bot(MISSED, Action("text_lead", say=say)), CALL) if isinstance(e, SendText)
    ]
    assert text.body == f"Lee, Ana of Harbor Homes calls {LEE} on Website {{typo}}"
    assert (text.for_lead, text.asked_at) == (True, AT)


def test_a_note_stands_on_the_timeline_of_the_lead() -> None:
    effects = consequences(MISSED, bot(MISSED, Action("note", say="Reached nobody.")), CALL)
    assert [(e.lead_id, e.text) for e in effects if isinstance(e, WriteTimeline)] == [(9, "Reached nobody.")]


def test_an_extra_task_has_its_own_time_and_owner() -> None:
    written = Action("task", title="Apologise to {lead.first_name}", due="2 days", who="ben")
    extra = tasks(consequences(ANSWERED, bot(ANSWERED, written), CALL))
    assert [(t.title, t.owner_id, t.due_at) for t in extra] == [("Apologise to Lee", 2, AT + timedelta(days=2))]


def test_the_same_outcome_twice_speaks_of_the_same_occasions() -> None:
    once, twice = consequences(MISSED, None, CALL), consequences(MISSED, None, CALL)
    assert once == twice
    occasions = [effect.dedupe_key for effect in once if isinstance(effect, SendText | CreateTask)]
    assert len(set(occasions)) == len(occasions)
