"""Does every step of a cadence do something that is possible, and is there one that does more than wait?"""

from collections.abc import Iterator, Sequence

from sami.documents.checks.actions import NESTED_MAX, OF_A_LEAD, check_action
from sami.documents.checks.conditions import check_condition
from sami.documents.checks.fault import Problem, Row
from sami.documents.checks.known import Known, say_something
from sami.documents.checks.people import check_key

STEPS_MAX = 100
_CHOOSES = frozenset({"wait", "stop_if", "branch"})


def check_cadence(row: Row, known: Known) -> Iterator[Problem]:
    yield from check_key(row)
    yield from say_something(row, "name")
    steps = row.get("steps", ())
    if not any(step.get("do") not in _CHOOSES for step in _all(steps)):
        yield Problem("steps", "do nothing", 'write what happens, for example [{ do = "text_lead", say = "Hi." }]')
    if sum(1 for _ in _all(steps)) > STEPS_MAX:
        yield Problem("steps", f"are more than {STEPS_MAX}", "go on in a second cadence, which the last step enrols in")
    yield from _check_steps(steps, known, row.get("key", ""), "steps", depth=0)


def _check_steps(steps: Sequence[Row], known: Known, key: str, field: str, *, depth: int) -> Iterator[Problem]:
    for number, step in enumerate(steps, 1):
        place = f"{field}[{number}]"
        for problem in (*check_action(step, known, OF_A_LEAD, in_cadence=True), *_check_step(step, key, depth)):
            yield problem.within(place)
        for way in ("then", "else"):
            yield from _check_steps(step.get(way, ()), known, key, f"{place}.{way}", depth=depth + 1)


def _check_step(step: Row, key: str, depth: int) -> Iterator[Problem]:
    for problem in check_condition(step.get("when", {})):
        yield problem.within("when")
    if step.get("do") == "branch" and depth >= NESTED_MAX:
        yield Problem("do", f"is the {NESTED_MAX + 1}th branch within another", "make it a cadence of its own")
    if step.get("do") == "enrol" and step.get("cadence") == key:
        yield Problem("cadence", "is this very cadence", "a lead is in a cadence once; name another")


def _all(steps: Sequence[Row]) -> Iterator[Row]:
    for step in steps:
        yield step
        for way in ("then", "else"):
            yield from _all(step.get(way, ()))
