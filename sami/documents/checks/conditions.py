"""Can what a condition asks for be true of any lead?"""

import re
from collections.abc import Iterator

from sami.documents.checks.fault import Problem, Row, quoted
from sami.domain.language.opening_hours import hours_problem

WORDS = ("source", "type", "product", "segment", "tags", "city", "timeframe")
RANGES = ("price", "score")
FIELDS = (*WORDS, "zip", "state", "country", "area_code", *RANGES)
"""What a lead says of itself under a name of its own; everything else is an attribute."""

_CODE = re.compile(r"[A-Z]{2}")
_FORMS = {
    "state": ("a state", _CODE, 'two capital letters such as "TX"'),
    "country": ("a country", _CODE, 'two capital letters such as "US"'),
    "area_code": ("an area code", re.compile(r"\d{1,5}"), 'its digits, such as "512"'),
    "zip": ("a ZIP", re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]*\*?|\*"), 'it, or how it begins, such as "787*"'),
}


def check_condition(when: Row) -> Iterator[Problem]:
    for field in WORDS:
        yield from _check_words(field, when.get(field, ()))
    for field, form in _FORMS.items():
        yield from _check_form(field, when.get(field, ()), form)
    for field in RANGES:
        if field in when:
            yield from _check_range(field, when[field])
    for name, values in when.get("attributes", {}).items():
        yield from _check_attribute(name, values)
    if "hours" in when and (sentence := hours_problem(when["hours"], None)):
        wrong, _, right = sentence.rstrip(".").partition("; ")
        yield Problem("hours", f"is wrong: {wrong}", right or "correct it or leave it out")


def _check_words(field: str, values: list[str]) -> Iterator[Problem]:
    for number, value in enumerate(values, 1):
        if not value.strip():
            yield Problem(f"{field}[{number}]", "is empty", "write something or leave it out")


def _check_form(field: str, values: list[str], form: tuple[str, re.Pattern[str], str]) -> Iterator[Problem]:
    name, pattern, like = form
    for number, value in enumerate(values, 1):
        if not pattern.fullmatch(value):
            right = quoted(value.upper()) if pattern.fullmatch(value.upper()) else like
            yield Problem(f"{field}[{number}]", f"{quoted(value)} is not how {name} is written", f"write {right}")


def _check_range(field: str, within: Row) -> Iterator[Problem]:
    if not within:
        yield Problem(field, "has neither min nor max", "write one of them, or leave the range out")
    elif "min" in within and "max" in within and within["min"] > within["max"]:
        yield Problem(
            field, f"begins at {within['min']} and ends at {within['max']}", "write the smaller number at min"
        )


def _check_attribute(name: str, values: list[str]) -> Iterator[Problem]:
    field = f"attributes.{name}"
    if not name.strip():
        yield Problem("attributes", "hold one without a name", "name it as leads do, for example language")
    elif not values:
        yield Problem(field, "is empty", "write the values to look for, or leave it out")
    else:
        yield from _check_words(field, values)
