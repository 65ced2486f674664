"""Do the organisation, its agents and its teams make sense?"""

import re
from collections.abc import Iterator

from sami.documents.checks.fault import Problem, Row, quoted
from sami.documents.checks.known import Known, country_problem, dialled_phone, refer, say_something, within
from sami.domain.language.hours import zone_problem
from sami.domain.language.opening_hours import holidays_problem, hours_problem
from sami.domain.messages.staff_keywords import synonym_problem

WRAP_UP_MAX_S = 3600
ANY_HOLIDAYS = "US"  # Stands in for a region that is wrong, so that the hours are checked all the same.
AUDIENCES = ("owner", "account_owner", "managers", "admins")

_STATE = re.compile(r"[A-Z]{2}")
_KEY = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def check_organisation(row: Row, known: Known) -> Iterator[Problem]:
    yield from say_something(row, "name")
    if "country" in row and (problem := country_problem(row["country"])):
        yield problem
    yield from _sentence("time_zone", zone_problem(row["time_zone"]) if "time_zone" in row else None)
    yield from refer(row, "account_owner", known.agents, "agent")
    yield from within(row, "wrap_up", 0, WRAP_UP_MAX_S)
    for word, meaning in row.get("synonyms", {}).items():
        yield from _sentence(f"synonyms.{word}", synonym_problem(word, meaning))


def check_agent(row: Row, known: Known) -> Iterator[Problem]:
    yield from check_key(row)
    if row.get("key") in AUDIENCES:
        yield Problem("key", f"{quoted(row['key'])} names a group in `who`", "choose another key")
    yield from say_something(row, "name")
    yield from dialled_phone(row, "phone", known.country)
    yield from _check_whose_phone(row, known)
    if "email" in row and not _EMAIL.fullmatch(row["email"]):
        yield Problem("email", f"{quoted(row['email'])} is not an e-mail address", "write it like ana@example.com")
    yield from _check_times(row)
    yield from _check_absences(row, known)
    yield from _check_caps(row)
    yield from _check_licences(row)


def check_team(row: Row, known: Known) -> Iterator[Problem]:
    yield from check_key(row)
    yield from say_something(row, "name")
    yield from refer(row, "manager", known.agents, "agent")
    members = row.get("members", ())
    for number, member in enumerate(members, 1):
        for problem in refer({"member": member}, "member", known.agents, "agent"):
            yield Problem(f"members[{number}]", problem.wrong, problem.right)
        if member in members[: number - 1]:
            yield Problem(f"members[{number}]", f"{quoted(member)} stands there twice", "name every member once")


def check_key(row: Row) -> Iterator[Problem]:
    if "key" in row and not _KEY.fullmatch(row["key"]):
        right = "write small letters, digits, - and _, for example ana"
        yield Problem("key", f"{quoted(row['key'])} is not a key", right)


def _check_whose_phone(row: Row, known: Known) -> Iterator[Problem]:
    phone = row.get("phone")
    if phone is not None and known.agent_phones[phone] > 1:
        yield Problem("phone", f"{quoted(phone)} is the phone of two agents", "give every agent a phone of their own")
    if phone in known.lines:
        yield Problem("phone", f"{quoted(phone)} is one of our own lines", "write the number the agent carries")


def _check_times(row: Row) -> Iterator[Problem]:
    yield from _sentence("time_zone", zone_problem(row["time_zone"]) if "time_zone" in row else None)
    wrong_holidays = holidays_problem(row["holidays"]) if "holidays" in row else None
    yield from _sentence("holidays", wrong_holidays)
    if "hours" in row:
        holidays = ANY_HOLIDAYS if wrong_holidays else row.get("holidays")
        yield from _sentence("hours", hours_problem(row["hours"], holidays))


def _check_absences(row: Row, known: Known) -> Iterator[Problem]:
    for number, absence in enumerate(row.get("out_of_office", ()), 1):
        path = f"out_of_office[{number}]"
        # ISO dates compare as the days do.
        if "from" in absence and "to" in absence and absence["from"] > absence["to"]:
            right = "write the first and the last day in this order"
            yield Problem(path, f"ends ({absence['to']}) before it begins ({absence['from']})", right)
        for problem in refer(absence, "cover", known.agents, "agent"):
            yield problem.within(path)
        if "cover" in absence and absence["cover"] == row.get("key"):
            yield Problem(f"{path}.cover", "is the absent agent", "name somebody else or leave it out")


def _check_caps(row: Row) -> Iterator[Problem]:
    for name, cap in row.get("caps", {}).items():
        if cap < 1:
            yield Problem(f"caps.{name}", f"{cap} is too small", "write 1 or more; for no leads at all leads = false")


def _check_licences(row: Row) -> Iterator[Problem]:
    licences = row.get("licences", ())
    for number, state in enumerate(licences, 1):
        if not _STATE.fullmatch(state):
            right = f'write two capital letters such as "{state.upper() if _STATE.fullmatch(state.upper()) else "TX"}"'
            yield Problem(f"licences[{number}]", f"{quoted(state)} is not the code of a state", right)
        elif state in licences[: number - 1]:
            yield Problem(f"licences[{number}]", f"{quoted(state)} stands there twice", "name every state once")


def _sentence(field: str, sentence: str | None) -> Iterator[Problem]:
    """The rules of time say in one sentence what is wrong; and, after a semicolon, what would be right."""
    if sentence is not None:
        wrong, _, right = sentence.rstrip(".").partition("; ")
        yield Problem(field, f"is wrong: {wrong}", right or "correct it or leave it out")
