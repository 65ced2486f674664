"""Which names the file knows, which come later, and an example of each value."""

from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from sami.domain.organisation import (
    Action,
    Agent,
    Bot,
    FallbackNumber,
    Line,
    MenuChoice,
    Organisation,
    OutcomeRules,
    OutOfOffice,
    Question,
    Team,
)

KEYED_BY = {"agents": "key", "teams": "key", "lines": "phone", "bots": "key"}
ROW_TYPES: dict[str, type[Any]] = {
    "organisation": Organisation,
    "agents": Agent,
    "teams": Team,
    "lines": Line,
    "bots": Bot,
}
INNER_TYPES: dict[str, type[Any]] = {
    "out_of_office": OutOfOffice,
    "fallback": FallbackNumber,
    "menu": MenuChoice,
    "questions": Question,
    "outcomes": OutcomeRules,
    "actions": Action,
}

NOT_YET = "does not work yet in this version"

# What the documents describe and this version does not do. Accepted and ignored, it would be a promise broken.
LATER_TABLES = frozenset({"policy", "cadences", "workflows"})
LATER_KEYS = frozenset({"caps", "licences"})
LATER_VALUES: dict[str, frozenset[str]] = {
    "then": frozenset({"callback"}),
    "do": frozenset({"assign_by_policy", "change_stage", "add_tag", "remove_tag", "call_lead", "enrol"})
    | {"pause_cadences", "cancel_cadences", "do_not_contact", "wait", "stop_if", "branch"},
    "by": frozenset({"email", "app", "slack", "webhook"}),
    "outcomes": frozenset(
        {"needs_follow_up", "contact_later", "opt_out", "not_interested", "unqualified", "bad_number"}
    ),
}

EXAMPLES = {
    "account_owner": '"olive"',
    "ask": '"When do you plan to move?"',
    "attribute": '"timeframe"',
    "bot": '"main"',
    "country": '"US"',
    "digits": '"1"',
    "do": '"notify"',
    "from": "2026-12-21",
    "key": '"ana"',
    "name": '"Ana Ruiz"',
    "phone": '"+15125550101"',
    "say": '"To buy a home"',
    "then": '"transfer"',
    "time_zone": '"America/Chicago"',
    "to": "2027-01-02",
}


def key_names(kind: type[Any]) -> list[str]:
    """The keys of a table in the order they are written in; `from` is a word of Python's, so its value is `from_`."""
    return [field.name.rstrip("_") for field in fields(kind)]


def example(field: str) -> str:
    return f"write it like {field} = {EXAMPLES[field]}" if field in EXAMPLES else f"write {field} = ..."


def nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
