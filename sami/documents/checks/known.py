"""What the whole document names: the keys and phones that rows refer to each other by."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sami.documents.checks.fault import Document, Problem, Row, quoted
from sami.domain.language.phone import parse_phone, refusal

_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Known:
    """Read from every row, also from rows that have faults: one mistake is not reported as two."""

    country: str
    """Empty where it is missing or wrong: then no phone is refused for it."""

    agents: frozenset[str]
    inactive: frozenset[str]
    teams: frozenset[str]
    members: Mapping[str, tuple[str, ...]]
    bots: frozenset[str]
    cadences: frozenset[str]
    skills: frozenset[str]
    lines: frozenset[str]
    agent_phones: Counter[str]

    @classmethod
    def read(cls, document: Document, *, inactive: frozenset[str] = frozenset()) -> "Known":
        """`inactive` are agents of the document who work here no longer."""
        agents: Sequence[Row] = document.get("agents", ())
        teams: Sequence[Row] = document.get("teams", ())
        country = document.get("organisation", {}).get("country", "")
        return cls(
            country=country if country_problem(country) is None else "",
            agents=frozenset(_values(agents, "key")),
            inactive=inactive,
            teams=frozenset(_values(teams, "key")),
            members={team["key"]: tuple(team.get("members", ())) for team in teams if "key" in team},
            bots=frozenset(_values(document.get("bots", ()), "key")),
            cadences=frozenset(_values(document.get("cadences", ()), "key")),
            skills=frozenset(skill for agent in agents for skill in agent.get("skills", ())),
            lines=frozenset(_values(document.get("lines", ()), "phone")),
            agent_phones=Counter(_values(agents, "phone")),
        )


def _values(rows: Sequence[Row], field: str) -> Iterator[str]:
    return (row[field] for row in rows if field in row)


def country_problem(country: str) -> Problem | None:
    wrong = f"{quoted(country)} is not the code of a country"
    if country == "UK":
        return Problem("country", wrong, 'write "GB"')
    return None if _COUNTRY.fullmatch(country) else Problem("country", wrong, 'write two capital letters such as "US"')


def refer(row: Row, field: str, known: frozenset[str], kind: str) -> Iterator[Problem]:
    """A problem where the row names something that is not there."""
    if field in row and row[field] not in known:
        yield unknown(field, row[field], known, kind)


def unknown(field: str, name: str, known: frozenset[str], kind: str) -> Problem:
    keys = f"use one of {', '.join(sorted(known))}" if known else f"add a row with this key to [[{kind}s]]"
    return Problem(field, f"{quoted(name)} is not the key of {'an' if kind == 'agent' else 'a'} {kind}", keys)


def say_something(row: Row, *fields: str) -> Iterator[Problem]:
    for field in fields:
        if field in row and not row[field].strip():
            yield Problem(field, "is empty", "write something")


def within(row: Row, field: str, lowest: int, highest: int) -> Iterator[Problem]:
    if field in row and not lowest <= row[field] <= highest:
        yield Problem(field, f"{row[field]} is out of range", f"write a number from {lowest} to {highest}")


def dialled_phone(row: Row, field: str, country: str) -> Iterator[Problem]:
    """A problem where we could not or may not dial this number (S3)."""
    if field not in row:
        return
    written = row[field]
    phone = parse_phone(written, country)
    if phone is None:
        yield Problem(field, f"{quoted(written)} is not a phone number", _write_e164())
    elif phone != written:
        yield Problem(field, f"{quoted(written)} is not in E.164", f"write {quoted(phone)}")
    elif country and (refused := refusal(phone, frozenset({country}))):
        yield Problem(field, f"{quoted(written)} {refused}", "use a number that may be dialled")


def _write_e164() -> str:
    return "write it in E.164, for example +15125550101"
