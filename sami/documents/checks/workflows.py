"""Will every workflow do something, to leads that can meet it, and end?"""

from collections.abc import Iterator, Sequence

from sami.documents.checks.actions import OF_A_LEAD, check_action
from sami.documents.checks.conditions import check_condition
from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, say_something
from sami.documents.checks.names import nearest
from sami.documents.checks.people import check_key
from sami.domain.leads.outcome import Outcome
from sami.domain.organisation.document import Trigger

_NARROWS = {
    "tag": Trigger.TAG_ADDED,
    "stage": Trigger.STAGE_CHANGED,
    "outcome": Trigger.OUTCOME_RECORDED,
}

# The verbs that set other workflows going: on which trigger, and by which field.
_SETS_GOING = {"change_stage": (Trigger.STAGE_CHANGED, "stage"), "add_tag": (Trigger.TAG_ADDED, "tag")}


def check_workflow(row: Row, known: Known) -> Iterator[Problem]:
    yield from check_key(row)
    yield from _check_trigger(row)
    for problem in check_condition(row.get("when", {})):
        yield problem.within("when")
    if not row.get("actions"):
        yield Problem("actions", "are missing", 'write what happens, for example [{ do = "assign_by_policy" }]')
    for number, action in enumerate(row.get("actions", ()), 1):
        for problem in check_action(action, known, OF_A_LEAD):
            yield problem.within(f"actions[{number}]")


def _check_trigger(row: Row) -> Iterator[Problem]:
    for field, trigger in _NARROWS.items():
        if field in row and row.get("on", trigger) != trigger:
            yield Problem(field, f'does not belong to on = "{row["on"]}"', f'it narrows on = "{trigger}"')
    yield from say_something(row, "tag")
    if "outcome" in row and row["outcome"] not in list(Outcome):
        yield Problem("outcome", f"{quoted(row['outcome'])} is not known", nearest(row["outcome"], list(Outcome)))


def loops(workflows: Sequence[Row]) -> Iterator[tuple[Row, Problem]]:
    """Each way of workflows that leads back to where it began, told once, at the first of them."""
    told: set[frozenset[int]] = set()
    for place, workflow in enumerate(workflows):
        way = _way_back(workflows, place)
        steps = frozenset(step for step, _ in way)
        if way and steps not in told:
            told.add(steps)
            names = " -> ".join(str(workflows[step].get("key", f"#{step + 1}")) for step, _ in (*way, way[0]))
            number = way[0][1]
            right = "narrow one of them, or take the action out"
            yield workflow, Problem(f"actions[{number}]", f"leads back to itself: {names}", right)


def _way_back(workflows: Sequence[Row], start: int) -> list[tuple[int, int]]:
    """The steps from a workflow back to itself, each with the number of the action that sets the next one going."""
    came: dict[int, list[tuple[int, int]]] = {start: []}
    waiting = [start]
    for place in waiting:
        for number, following in _sets_going(workflows, place):
            way = [*came[place], (place, number)]
            if following == start:
                return way
            if following not in came:
                came[following] = way
                waiting.append(following)
    return []


def _sets_going(workflows: Sequence[Row], place: int) -> Iterator[tuple[int, int]]:
    for number, action in enumerate(workflows[place].get("actions", ()), 1):
        trigger, field = _SETS_GOING.get(action.get("do", ""), (None, ""))
        if trigger is None or field not in action:
            continue
        for other, following in enumerate(workflows):
            if following.get("on") == trigger and _equal(following.get(field, action[field]), action[field]):
                yield number, other


def _equal(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
