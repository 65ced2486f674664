"""Do actions fit their verbs, and do their placeholders exist?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, refer, say_something
from sami.documents.checks.people import AUDIENCES
from sami.domain.language.durations import read_weekdays, read_window
from sami.domain.organisation.sentences import placeholders

OF_A_LEAD = frozenset({"lead.name", "lead.first_name", "owner.name", "owner.first_name", "organisation.name"})
OF_A_CALL = OF_A_LEAD | {"line.name", "call.caller"}
_DUE = re.compile(r"[1-9]\d{0,3} (minute|hour|day|week)s?")
_FOR = re.compile(r"[1-9]\d{0,3} (minute|hour|day|week|month)s?")
NESTED_MAX = 5  # Branches within branches.


@dataclass(frozen=True, slots=True)
class Verb:
    """`one_of`: at least one of these is needed. `timed`: it waits or chooses, which only cadences do."""

    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()
    timed: bool = False


VERBS = {
    "notify": Verb(needs=frozenset({"who"}), takes=frozenset({"by", "say"})),
    "task": Verb(needs=frozenset({"title"}), takes=frozenset({"who", "due"})),
    "text_lead": Verb(needs=frozenset({"say"})),
    "call_lead": Verb(takes=frozenset({"message"})),
    "note": Verb(needs=frozenset({"say"})),
    "assign_to": Verb(needs=frozenset({"agent"})),
    "assign_by_policy": Verb(),
    "change_stage": Verb(needs=frozenset({"stage"})),
    "add_tag": Verb(needs=frozenset({"tag"})),
    "remove_tag": Verb(needs=frozenset({"tag"})),
    "enrol": Verb(needs=frozenset({"cadence"})),
    "pause_cadences": Verb(takes=frozenset({"for"})),
    "cancel_cadences": Verb(takes=frozenset({"cadence"})),
    "do_not_contact": Verb(takes=frozenset({"for"})),
    "wait": Verb(one_of=frozenset({"for", "between", "on"}), timed=True),
    "stop_if": Verb(one_of=frozenset({"stage", "tag", "when"}), timed=True),
    "branch": Verb(needs=frozenset({"when", "then"}), takes=frozenset({"else"}), timed=True),
}


def check_outcomes(bot: Row, known: Known) -> Iterator[Problem]:
    for outcome, rules in bot.get("outcomes", {}).items():
        for number, action in enumerate(rules.get("actions", ()), 1):
            for problem in check_action(action, known, OF_A_CALL):
                yield problem.within(f"outcomes.{outcome}.actions[{number}]")


def check_action(action: Row, known: Known, placed: frozenset[str], *, in_cadence: bool = False) -> Iterator[Problem]:
    """`placed` are the placeholders that something stands for where this action runs."""
    if "do" in action:
        yield from _check_fields(action, VERBS[action["do"]])
        if VERBS[action["do"]].timed and not in_cadence:
            yield Problem("do", f"{quoted(action['do'])} belongs into cadences only", "take it out")
    yield from say_something(action, "say", "title", "tag", "message")
    for field in ("say", "title", "message"):
        if field in action:
            yield from check_placeholders(field, action[field], placed)
    yield from _check_who(action, known)
    yield from refer(action, "agent", known.agents, "agent")
    yield from refer(action, "cadence", known.cadences, "cadence")
    if action.get("by") == []:
        yield Problem("by", "is empty", 'write by = ["text"]')
    yield from _check_stage(action)
    yield from _check_times(action)


def _check_stage(action: Row) -> Iterator[Problem]:
    stage = action.get("stage")
    if stage == []:
        yield Problem("stage", "is empty", 'write stage = ["QUALIFIED"]')
    if action.get("do") == "change_stage" and isinstance(stage, list) and len(stage) > 1:
        yield Problem("stage", "names several", "a lead moves to one stage")


def _check_times(action: Row) -> Iterator[Problem]:
    for field, form, right in (
        ("due", _DUE, 'write it like "5 minutes", "1 hour" or "2 days"'),
        ("for", _FOR, 'write it like "30 minutes", "1 day", "2 weeks" or "1 month"'),
    ):
        if field in action and not form.fullmatch(action[field]):
            yield Problem(field, f"{quoted(action[field])} is not a length of time", right)
    if "between" in action and read_window(action["between"]) is None:
        right = 'write from and to within one day, like "09:00-18:00"'
        yield Problem("between", f"{quoted(action['between'])} is not a time of day", right)
    if "on" in action and read_weekdays(action["on"]) is None:
        yield Problem("on", f"{quoted(action['on'])} are not weekdays", 'write it like "Mo-Fr" or "Tu,Th"')


def check_placeholders(field: str, text: str, known: frozenset[str]) -> Iterator[Problem]:
    try:
        strange = placeholders(text) - known
    except ValueError:
        yield Problem(
            field, "has a brace that is not closed or opened", "put every placeholder into one pair of braces"
        )
        return
    right = f"known here: {', '.join(f'{{{name}}}' for name in sorted(known))}" if known else "leave it out"
    for name in sorted(strange):
        yield Problem(field, f"has the unknown placeholder {{{name}}}", right)


def _check_fields(action: Row, verb: Verb) -> Iterator[Problem]:
    do = action["do"]
    for field in sorted(verb.needs - action.keys()):
        yield Problem(field, "is missing", f'do = "{do}" needs {", ".join(sorted(verb.needs))}')
    if verb.one_of and not verb.one_of & action.keys():
        yield Problem("", f'do = "{do}" says nothing', f"it needs one of {', '.join(sorted(verb.one_of))}")
    known = verb.needs | verb.takes | verb.one_of
    for field in sorted(action.keys() - known - {"do"}):
        fields = ", ".join(sorted(known)) or "nothing more"
        yield Problem(field, f'does not belong to do = "{do}"', f"it takes {fields}")


def _check_who(action: Row, known: Known) -> Iterator[Problem]:
    if "who" in action and action["who"] not in known.agents | set(AUDIENCES):
        right = f"write {', '.join(AUDIENCES)} or an agent's key"
        yield Problem("who", f"{quoted(action['who'])} is nobody", right)
