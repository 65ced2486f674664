"""Is this a policy that can decide about leads? Each part by itself, and the order of what decides."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from sami.documents.checks.conditions import check_condition
from sami.documents.checks.fault import Fault, Problem, Row, is_part, quoted, without_echoes
from sami.documents.checks.known import Known, say_something, within
from sami.documents.checks.names import POLICY, nearest
from sami.documents.checks.targets_and_weights import check_target
from sami.documents.checks.types import check_types
from sami.domain.assignment.implication import Decider, shadowed
from sami.domain.language.web_address import read_address, secret_problem
from sami.domain.leads.condition import ASKED, Condition

NAMED_BY = {"constraints": "name", "rules": "name", "score": "name", "workers": "capability"}
"""The lists of a policy, and what their rows are called by."""

TRIGGERS = ("re_engaged", "owner_deactivated", "sla_breached")
ATTRIBUTES = "attributes."
ALWAYS_OURS = ("validate_contact", "check_compliance")
"""What every later step relies on is no customer's worker."""

PER_CENT = 100
TIMEOUT_MAX_S = 60
MINUTES_MAX = 7 * 24 * 60

_CONDITION = TypeAdapter(Condition)
_CAPABILITY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PLACE = re.compile(rf"({'|'.join(NAMED_BY)})\[(\d+)\]\.?")


def check_policy(policy: Row, known: Known) -> list[Fault]:
    """All its faults; `known` is the organisation that it speaks of."""
    of_type, sound = check_types(POLICY, policy)
    of_sense = list(_check(sound, known))
    fresh = without_echoes(of_sense, of_type)
    spoiled = {problem.field for problem in (*of_type, *of_sense)}
    return [_placed(problem, policy) for problem in (*of_type, *fresh, *_check_order(sound, spoiled))]


def _placed(problem: Problem, policy: Row) -> Fault:
    """A rule is a row of a table of its own, called by its name."""
    found = _PLACE.match(problem.field)
    if found is None:
        return Fault(POLICY, "", problem.field, problem.wrong, problem.right)
    part, number = found[1], int(found[2])
    row = policy[part][number - 1]
    name = row.get(NAMED_BY[part]) if isinstance(row, dict) else None
    called = name if isinstance(name, str) and name.strip() else f"#{number}"
    return Fault(f"{POLICY}.{part}", called, problem.field[found.end() :], problem.wrong, problem.right)


def _check(policy: Row, known: Known) -> Iterator[Problem]:
    yield from _check_effective_at(policy)
    if "default" in policy:
        yield from _inside("default", check_target(policy["default"], known))
    yield from _check_triggers(policy.get("reassign_on", ()))
    for part, check in _PARTS.items():
        rows = policy.get(part, ())
        counts = Counter(row.get(NAMED_BY[part]) for row in rows)
        for number, row in enumerate(rows, 1):
            yield from _inside(f"{part}[{number}]", (*_check_name(row, NAMED_BY[part], counts), *check(row, known)))
    yield from _inside("sla", _check_sla(policy.get("sla", {})))


def _inside(path: str, problems: Any) -> Iterator[Problem]:
    return (problem.within(path) for problem in problems)


def _check_effective_at(policy: Row) -> Iterator[Problem]:
    if "effective_at" not in policy:
        return
    written, right = policy["effective_at"], "write it like 2026-11-01T00:00:00Z"
    try:
        has_zone = datetime.fromisoformat(written).tzinfo is not None
    except (TypeError, ValueError):
        yield Problem("effective_at", f"{quoted(written)} is not an instant", right)
    else:
        if not has_zone:
            yield Problem("effective_at", f"{quoted(written)} says neither Z nor how far from it", right)


def _check_triggers(names: list[str]) -> Iterator[Problem]:
    for number, name in enumerate(names, 1):
        is_attribute = name.startswith(ATTRIBUTES) and name != ATTRIBUTES
        if not is_attribute and name not in ASKED and name not in TRIGGERS:
            right = nearest(name, [*ASKED, *TRIGGERS, f"{ATTRIBUTES}NAME"])
            yield Problem(f"reassign_on[{number}]", f"{quoted(name)} is nothing that could change", right)
        elif name in names[: number - 1]:
            yield Problem(f"reassign_on[{number}]", f"{quoted(name)} stands there twice", "name everything once")


def _check_name(row: Row, field: str, counts: Counter[Any]) -> Iterator[Problem]:
    yield from say_something(row, field)
    if field in row and row[field].strip() and counts[row[field]] > 1:
        yield Problem(field, f"{quoted(row[field])} stands there twice", f"give every row a {field} of its own")


def _check_constraint(row: Row, known: Known) -> Iterator[Problem]:
    yield from _inside("when", check_condition(row.get("when", {})))
    if "to" in row:
        yield from _inside("to", check_target(row["to"], known))
    if "to" in row and "require" in row:
        yield Problem("require", "does not belong beside to", "make two constraints of it")
    if "to" not in row and "require" not in row:
        right = "write to = who alone may own such leads, or require = licence, language or consent"
        yield Problem("", "constrains nothing", right)


def _check_rule(row: Row, known: Known) -> Iterator[Problem]:
    yield from _inside("when", check_condition(row.get("when", {})))
    if "to" in row:
        yield from _inside("to", check_target(row["to"], known))


def _check_points(row: Row, known: Known) -> Iterator[Problem]:
    yield from _inside("when", check_condition(row.get("when", {})))
    if "score" in row.get("when", {}):
        yield Problem("when.score", "is what these points make", "leave it out")
    if row.get("points") == 0:
        yield Problem("points", "0 changes no score", "write how much more or less such a lead counts")


def _check_worker(row: Row, known: Known) -> Iterator[Problem]:
    if "capability" in row and row["capability"].strip() and not _CAPABILITY.fullmatch(row["capability"]):
        yield Problem("capability", f"{quoted(row['capability'])} is not a name", "write small letters, such as enrich")
    yield from say_something(row, "version", "canary")
    if not 0 < row.get("timeout", 1) <= TIMEOUT_MAX_S:
        right = f"write seconds, more than 0 and at most {TIMEOUT_MAX_S}"
        yield Problem("timeout", f"{row['timeout']} is out of range", right)
    yield from _check_canary(row)
    yield from _check_addresses(row)


def _check_canary(row: Row) -> Iterator[Problem]:
    yield from within(row, "share", 0, PER_CENT)
    for field in ("share", "canary_url"):
        if row.get(field) and "canary" not in row:
            yield Problem(field, "is of no version", "write canary = the newer version that it is for")
    if "canary" in row and row.get("share", 0) == 0:
        yield Problem("canary", "gets no leads", "write share = how many per cent it gets")


def _check_addresses(row: Row) -> Iterator[Problem]:
    """Whether an inside address is allowed is a setting of each machine: it is asked where the worker runs."""
    addresses = [field for field in ("url", "canary_url") if field in row]
    for field in addresses:
        if row.get("capability") in ALWAYS_OURS:
            yield Problem(field, f"is not for {row['capability']}", "leave it out: this one is always ours")
        elif read_address(row[field]) is None:
            right = "write one such as https://score.example.com/leads"
            yield Problem(field, f"{quoted(row[field])} is not a plain web address", right)
    if addresses and (wrong := secret_problem(row.get("secret"))):
        yield Problem("secret", wrong.removeprefix("has "), "write base64 of 24 bytes or more; both sides know it")


def _check_sla(sla: Row) -> Iterator[Problem]:
    yield from within(sla, "minutes", 1, MINUTES_MAX)
    for source, minutes in sla.get("sources", {}).items():
        for problem in within({"minutes": minutes}, "minutes", 1, MINUTES_MAX):
            yield Problem(f"sources.{source}", problem.wrong, problem.right)


_PARTS: dict[str, Callable[[Row, Known], Iterator[Problem]]] = {
    "constraints": _check_constraint,
    "rules": _check_rule,
    "score": _check_points,
    "workers": _check_worker,
}


def _check_order(policy: Row, spoiled: set[str]) -> Iterator[Problem]:
    """What can never decide, because something before it takes every lead it would take.

    Conditions that hold a fault are left out: without their wrong values they would match more than was meant.
    """
    deciders: list[tuple[str, Decider]] = []
    for part, kind in (("constraints", "constraint"), ("rules", "rule")):
        for number, row in enumerate(policy.get(part, ()), 1):
            path = f"{part}[{number}]"
            is_sound = not any(is_part(field, f"{path}.when") for field in spoiled)
            if is_sound and "to" in row:
                when = _CONDITION.validate_python(row.get("when", {}))
                deciders.append((path, Decider(f'{kind} "{row.get("name", f"#{number}")}"', when)))
    for place, earlier in shadowed([decider for _, decider in deciders]):
        wrong = f"is never reached, because {earlier.name} before it takes every lead that it matches"
        yield Problem(f"{deciders[place][0]}.when", wrong, "put it before that one, or take one of them out")
