"""Can what a condition asks for be true of any lead?"""

import re
from collections.abc import Iterator

from sami.documents.checks.fault import Problem, Row, quoted
from sami.domain.language.opening_hours import hours_problem
from sami.domain.leads.condition import ANY_OF, RANGES
from sami.domain.leads.fields import Form
from sami.domain.leads.inquiry import SAID

_FORMS = {
    **{field.name: field.form for field in SAID if field.form is not None},
    "area_code": Form("an area code", r"\d{1,5}", 'its digits, such as "512"'),
    "zip": Form("a ZIP", r"[A-Za-z0-9][A-Za-z0-9 -]*\*?|\*", 'it, or how it begins, such as "787*"'),
}
_WORDS = tuple(name for name in ANY_OF if name not in _FORMS)
_READS = {field.name: field.reads for field in SAID if field.reads is not None}


def check_condition(when: Row) -> Iterator[Problem]:
    for field in _WORDS:
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


def _check_form(field: str, values: list[str], form: Form) -> Iterator[Problem]:
    for number, value in enumerate(values, 1):
        if not re.fullmatch(form.pattern, value):
            meant = _READS.get(field, str.upper)(value)
            right = quoted(meant) if re.fullmatch(form.pattern, meant) else form.like
            yield Problem(
                f"{field}[{number}]", f"{quoted(value)} is not how {form.called} is written", f"write {right}"
            )


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
        yield Problem("attributes", "hold one without a name", "name it as leads do, for example bedrooms")
    elif not values:
        yield Problem(field, "is empty", "write the values to look for, or leave it out")
    else:
        yield from _check_words(field, values)
