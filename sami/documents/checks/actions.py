"""Do actions fit their verbs, and do their placeholders exist?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, refer, say_something
from sami.documents.checks.people import AUDIENCES
from sami.domain.sentences import placeholders

OF_A_LEAD = frozenset({"lead.name", "lead.first_name", "owner.name", "owner.first_name", "organisation.name"})
OF_A_CALL = OF_A_LEAD | {"line.name", "call.caller"}
_DUE = re.compile(r"[1-9]\d{0,3} (minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class Verb:
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


VERBS = {
    "notify": Verb(needs=frozenset({"who"}), takes=frozenset({"by", "say"})),
    "task": Verb(needs=frozenset({"title"}), takes=frozenset({"who", "due"})),
    "text_lead": Verb(needs=frozenset({"say"})),
    "note": Verb(needs=frozenset({"say"})),
    "assign_to": Verb(needs=frozenset({"agent"})),
    "assign_by_policy": Verb(),
    "change_stage": Verb(needs=frozenset({"stage"})),
    "add_tag": Verb(needs=frozenset({"tag"})),
    "remove_tag": Verb(needs=frozenset({"tag"})),
}


def check_outcomes(bot: Row, known: Known) -> Iterator[Problem]:
    for outcome, rules in bot.get("outcomes", {}).items():
        for number, action in enumerate(rules.get("actions", ()), 1):
            for problem in check_action(action, known, OF_A_CALL):
                yield problem.within(f"outcomes.{outcome}.actions[{number}]")


def check_action(action: Row, known: Known, placed: frozenset[str]) -> Iterator[Problem]:
    """`placed` are the placeholders that something stands for where this action runs."""
    if "do" in action:
        yield from _check_fields(action, VERBS[action["do"]])
    yield from say_something(action, "say", "title", "tag")
    for field in ("say", "title"):
        if field in action:
            yield from check_placeholders(field, action[field], placed)
    yield from _check_who(action, known)
    yield from refer(action, "agent", known.agents, "agent")
    if action.get("by") == []:
        yield Problem("by", "is empty", 'write by = ["text"]')
    if "due" in action and not _DUE.fullmatch(action["due"]):
        right = 'write it like "5 minutes", "1 hour" or "2 days"'
        yield Problem("due", f"{quoted(action['due'])} is not a length of time", right)


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
    for field in sorted(action.keys() - verb.needs - verb.takes - {"do"}):
        fields = ", ".join(sorted(verb.needs | verb.takes)) or "nothing more"
        yield Problem(field, f'does not belong to do = "{do}"', f"it takes {fields}")


def _check_who(action: Row, known: Known) -> Iterator[Problem]:
    if "who" in action and action["who"] not in known.agents | set(AUDIENCES):
        right = f"write {', '.join(AUDIENCES)} or an agent's key"
        yield Problem("who", f"{quoted(action['who'])} is nobody", right)
