"""A cadence read from top to bottom: every step has its place, and knows what follows."""

from cadences.definitions import changes_the_lead, steps_of
from sami.domain.leads.condition import Condition
from sami.domain.leads.stages import Stage
from sami.domain.organisation.document import Action, Cadence

NOTE, WAIT = Action("note", say="Hm."), Action("wait", for_="1 day")


def branch(then: tuple[Action, ...], otherwise: tuple[Action, ...] = ()) -> Action:
    return Action("branch", when=Condition(), then=then, else_=otherwise)


def ways(*actions: Action) -> list[tuple[str, int, int]]:
    return [(step.action.do, step.next, step.otherwise) for step in steps_of(Cadence("c", "C", actions))]


def test_steps_follow_one_another() -> None:
    assert ways(NOTE, WAIT, NOTE) == [("note", 1, 1), ("wait", 2, 2), ("note", 3, 3)]


def test_a_branch_jumps_over_the_way_not_taken() -> None:
    assert ways(branch((NOTE, NOTE), (WAIT,)), NOTE) == [
        ("branch", 1, 3),
        ("note", 2, 2),
        ("note", 4, 4),
        ("wait", 4, 4),
        ("note", 5, 5),
    ]


def test_a_branch_without_an_else_goes_on_behind_it() -> None:
    assert ways(branch((NOTE,)), WAIT) == [("branch", 1, 2), ("note", 2, 2), ("wait", 3, 3)]


def test_a_branch_within_a_branch_ends_where_the_outer_one_does() -> None:
    inner = branch((NOTE,), (WAIT,))
    assert ways(branch((inner,), (NOTE,)), WAIT) == [
        ("branch", 1, 4),
        ("branch", 2, 3),
        ("note", 5, 5),
        ("wait", 5, 5),
        ("note", 5, 5),
        ("wait", 6, 6),
    ]


def test_only_what_may_come_next_decides_which_locks_are_taken() -> None:
    stage = Action("change_stage", stage=(Stage.QUALIFIED,))
    steps = steps_of(Cadence("c", "C", (NOTE, branch((stage,), (NOTE,)), NOTE)))
    assert [changes_the_lead(steps, position) for position in range(6)] == [False, True, True, False, False, False]
