"""Which names the admins' documents know, and an example of each value."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, cast, get_args, get_type_hints

from sami.domain.assignment.policy import Constraint, Policy, Rule, ScorePoints
from sami.domain.organisation.document import Agent, Blocked, Bot, Cadence, Line, Organisation, Team, Workflow

POLICY = "policy"
KEYED_BY: dict[str, tuple[str, ...]] = {
    "agents": ("key",),
    "teams": ("key",),
    "lines": ("phone",),
    "bots": ("key",),
    "blocked": ("phone", "prefix", "withheld_on"),
    "cadences": ("key",),
    "workflows": ("key",),
}
"""The fields of which the first that a row has tells it from the others of its table."""
ROW_TYPES: dict[str, type[Any]] = {
    "organisation": Organisation,
    "agents": Agent,
    "teams": Team,
    "lines": Line,
    "bots": Bot,
    "blocked": Blocked,
    "cadences": Cadence,
    "workflows": Workflow,
}
"""The tables of the organisation's document."""

FILE_TYPES: dict[str, type[Any]] = {
    **{table: kind for table, kind in ROW_TYPES.items() if table not in ("cadences", "workflows")},
    POLICY: Policy,
    "cadences": Cadence,
    "workflows": Workflow,
}
"""The tables of the admin's file, as they are written: the policy stands there too, and is kept by itself."""

ONE_ROW = frozenset({"organisation", POLICY})

EXAMPLES = {
    "account_owner": '"olive"',
    "actions": '[{ do = "assign_by_policy" }]',
    "ask": '"When do you plan to move?"',
    "attribute": '"timeframe"',
    "bot": '"main"',
    "cadence": '"ten-day"',
    "capability": '"enrich"',
    "country": '"US"',
    "digits": '"1"',
    "do": '"notify"',
    "from": "2026-12-21",
    "key": '"ana"',
    "name": '"Ana Ruiz"',
    "on": '"lead_received"',
    "phone": '"+15125550101"',
    "points": "30",
    "say": '"To buy a home"',
    "steps": '[{ do = "text_lead", say = "Hi {lead.first_name}." }]',
    "then": '"transfer"',
    "time_zone": '"America/Chicago"',
    "to": "2027-01-02",
}

EXAMPLES_OF: dict[type[Any], dict[str, str]] = {
    Constraint: {"name": '"Strategic accounts"'},
    Rule: {"name": '"Texas buyers"', "to": '{ team = "buyers", by = "round_robin" }'},
    ScorePoints: {"name": '"Ready now"'},
}

_AFTER_WHEN = frozenset({"to", "points", "actions"})


def row_key(table: str, row: Mapping[str, Any]) -> Any:
    """What tells this row from the others of its table; None where it has nothing that does."""
    return next((row[field] for field in KEYED_BY.get(table, ()) if field in row), None)


def key_names(kind: type[Any]) -> list[str]:
    """The keys of a table in the order they are written in; `from` is a word of Python's, so its value is `from_`.

    What happens on a condition is written after it.
    """
    names = [field.name.rstrip("_") for field in fields(kind)]
    return sorted(names, key=lambda name: name in _AFTER_WHEN) if "when" in names else names


def kind_within(kind: type[Any], key: str) -> type[Any] | None:
    """The table that stands at this key: alone, in a list, or by name. None for plain values."""
    return next((found for found in types_within(kind, key) if is_dataclass(found)), None)


def types_within(kind: type[Any], key: str) -> tuple[type[Any], ...]:
    """Every type that the values at this key are made of."""
    return _types_of(cast(Hashable, kind)).get(key, ())


def kind_at(table: str, path: tuple[int | str, ...]) -> type[Any]:
    """The innermost table on the way along this path."""
    kind = FILE_TYPES[table]
    for part in path:
        kind = (kind_within(kind, part) if isinstance(part, str) else None) or kind
    return kind


@cache
def _types_of(kind: Hashable) -> dict[str, tuple[type[Any], ...]]:
    return {name.rstrip("_"): tuple(_types_in(hint)) for name, hint in get_type_hints(kind).items()}


def _types_in(hint: Any) -> Iterator[type[Any]]:
    inner = get_args(hint)
    if not inner and isinstance(hint, type):
        yield hint
    for part in inner:
        yield from _types_in(part)


def example(kind: type[Any], field: str) -> str:
    examples = {**EXAMPLES, **EXAMPLES_OF.get(kind, {})}
    return f"write it like {field} = {examples[field]}" if field in examples else f"write {field} = ..."


def nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
