"""A file to begin with: what must be said is there, everything else stands beside it as a comment with its meaning."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sami.documents.checks.names import FILE_TYPES, ONE_ROW, key_names
from sami.documents.meanings import MEANINGS, PLACES, Meaning, kinds_in_file
from sami.domain.language.phone import made_up_phones

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is asked before the first file is written."""

    name: str = "Harbor Homes"
    country: str = "US"
    time_zone: str = "America/Chicago"


_HEAD = """\
# Your people, your numbers and what answers them. `sami apply organisation.toml` puts this in force; apply it again
# after each change. Names and phones are made up: write yours. A line that begins with # is left out: take the # away
# to use it. `sami export` prints what is in force.
"""
_OF_TABLES = {
    "organisation": "The business.",
    "agents": "One [[agents]] for each person who takes calls. No call rings them before `sami verify KEY`.",
    "teams": "Groups of agents.",
    "lines": "Your numbers at Twilio. `sami lines connect` lets them announce their calls and texts to us.",
    "bots": "What answers a line.",
    "blocked": "Callers who are not taken: one [[blocked]] each, with one of the first three keys.",
    "policy": "Who gets which lead.",
    "cadences": "What leads hear in the days after.",
    "workflows": "What happens to a lead on a trigger.",
}


def first_file(begin: Beginning) -> str:
    """Applies as it is. Every key that the file knows stands in it."""
    rows = _rows(begin)
    parts = [_HEAD]
    for table, kind in FILE_TYPES.items():
        parts.append("\n".join(_table(table, kind, rows.get(table, ()))))
    parts.append("\n".join(_within()))
    return "\n".join(parts)


def _rows(begin: Beginning) -> Mapping[str, tuple[Mapping[str, str], ...]]:
    """What is not a comment, as it is written."""
    named = {"name": _text(begin.name), "country": _text(begin.country), "time_zone": _text(begin.time_zone)}
    ana, ben, line, desk = (_text(phone) for phone in made_up_phones(begin.country, 4) or made_up_phones("US", 4))
    return {
        "organisation": ({**named, "account_owner": '"ana"'},),
        "agents": (
            {"key": '"ana"', "name": '"Ana Ruiz"', "phone": ana, "role": '"owner"'},
            {"key": '"ben"', "name": '"Ben Okafor"', "phone": ben, "hours": '"Mo-Fr 09:00-18:00"'},
        ),
        "teams": ({"key": '"buyers"', "name": '"Buyers"', "members": '["ana", "ben"]'},),
        "lines": ({"phone": line, "name": '"Website"', "bot": '"main"', "staff": "true"},),
        "bots": (
            {
                "key": '"main"',
                "greeting": _text(f"Thanks for calling {begin.name}."),
                "fallback": f'[{{ phone = {desk}, name = "Front desk" }}]',
            },
        ),
        "policy": ({"note": '"Opening policy"', "default": '{ team = "buyers", by = "round_robin" }'},),
    }


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _table(table: str, kind: type[Any], rows: tuple[Mapping[str, str], ...]) -> Iterator[str]:
    yield f"# --- {_OF_TABLES[table]}"
    head = f"[{table}]" if table in ONE_ROW else f"[[{table}]]"
    if not rows:
        yield f"# {head}"
        yield from _keys(kind, {})
    for number, row in enumerate(rows):
        if number:  # Explained above.
            yield from (head, *(f"{key} = {row[key]}" for key in key_names(kind) if key in row), "")
            continue
        yield head
        yield from _keys(kind, row)
    if not rows:
        yield ""


def _keys(kind: type[Any], row: Mapping[str, str]) -> Iterator[str]:
    """Those that are given, then the others: a comment between two of them would be read as theirs."""
    meanings = MEANINGS[kind]
    for key in key_names(kind):
        yield from _key(key, meanings[key], row.get(key))
    yield ""


def _key(key: str, meaning: Meaning, given: str | None) -> Iterator[str]:
    written = f"# {key} = {meaning.example}" if given is None else f"{key} = {given}"
    together = f"{written:<40}  # {meaning.says}" if meaning.says else written
    if len(together) <= WIDTH:
        yield together
    else:
        yield from (f"# {meaning.says}", written)


def _within() -> Iterator[str]:
    """What stands in braces, key by key: nothing of it is read."""
    yield "# --- What stands in braces, key by key."
    for kind in kinds_in_file():
        if kind not in PLACES:
            continue
        yield f"#\n# {PLACES[kind]}:"
        for key, meaning in MEANINGS[kind].items():
            said = f"{key} = {meaning.example}"
            yield f"#   {said:<46} {meaning.says}".rstrip()
    yield ""
