"""Whatever somebody sends as a policy is answered with its faults, and what has none is written and read the same."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sami.assignment.policies.reading import plain, read_text, typed, write_text
from sami.documents.checks.known import Known
from sami.documents.checks.names import key_names
from sami.documents.checks.policy import check_policy
from sami.domain.assignment.policy import By, Constraint, Policy, Rule, ScorePoints, Target, WorkerChoice
from sami.domain.leads.condition import Condition, Range
from sami.organisation.applying import merged_document
from sami.organisation.publishing import OrganisationRefused
from tests.assignment.test_policy_faults import FILE
from tests.support.counts import count

KNOWN = Known.read(merged_document({}, FILE, prune=False))
WORDS = st.sampled_from(
    ("TX", "ok", "", " ", "787*", "buyers", "ana", "max", "name", "from", "to", "2026-11-01", "a.b")
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | WORDS | st.text(max_size=5)
NAMES = st.sampled_from(
    sorted({name for kind in (Policy, Rule, Condition, Target, Range, WorkerChoice) for name in key_names(kind)})
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | WORDS, inner, max_size=4),
    max_leaves=12,
)


def mapping(kind: type[Any], **values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some keys of a table; most hold what belongs there."""
    known = {name: values.get(name, ANYTHING) | ANYTHING for name in key_names(kind)}
    return st.fixed_dictionaries({}, optional=known)


WHEN = mapping(Condition, state=st.lists(WORDS, max_size=3), hours=WORDS)
TO = mapping(Target, team=WORDS, weights=st.dictionaries(WORDS, st.integers(-1, 101), max_size=3))
ROWS = {
    "constraints": st.lists(mapping(Constraint, name=WORDS, when=WHEN, to=TO), max_size=3),
    "rules": st.lists(mapping(Rule, name=WORDS, when=WHEN, to=TO), max_size=3),
    "score": st.lists(mapping(ScorePoints, name=WORDS, when=WHEN, points=st.integers()), max_size=2),
    "workers": st.lists(mapping(WorkerChoice, capability=WORDS), max_size=2),
}


@pytest.mark.timeout(count(120, 900))
@settings(max_examples=count(100, 3_000))
@given(document=mapping(Policy, default=TO, **ROWS))
def test_a_policy_of_any_shape_is_answered_with_its_faults(document: dict[str, Any]) -> None:
    written = plain(document)
    faults = check_policy(written, KNOWN)
    assert all(fault.table.startswith("policy") and fault.wrong and fault.right for fault in faults)
    assert all(str(fault).isprintable() for fault in faults)
    if not faults:
        typed(written)
        json.dumps(written, allow_nan=False)
        assert read_text(write_text(written)) == written


# What an admin may call things by, and what the checks let pass.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip)
MORE_TEXTS = TEXTS | st.sampled_from(("from", "to", "effective_at", "a.b", 'say "x"', "two\nlines", "ünï"))
LISTS = st.lists(MORE_TEXTS, min_size=1, max_size=3)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "source": LISTS,
        "tags": LISTS,
        "state": st.just(["TX", "OK"]),
        "zip": st.just(["787*"]),
        "price": st.sampled_from(({"min": 1}, {"max": 2**40}, {"min": -3, "max": 3})),
        "attributes": st.dictionaries(MORE_TEXTS, LISTS, min_size=1, max_size=2),
        "hours": st.just("Mo-Su 20:00-08:00"),
    },
)
TARGETS = st.sampled_from(
    (
        {"pond": True},
        {"agent": "ana", "on_duty": True},
        {"team": "buyers", "by": By.ROUND_ROBIN.value, "weights": {"ana": 60, "ben": 40}},
        {"agents": ["olive", "ana"], "by": By.PRIMARY_ONLY.value},
    )
)
INSTANTS = st.sampled_from(
    ("2026-11-01T00:00:00+00:00", "2026-11-01T00:00:00.250000-05:00", "2031-02-28T23:59:59+05:30")
)
POLICIES = st.fixed_dictionaries(
    {"rules": st.lists(st.fixed_dictionaries({"name": MORE_TEXTS, "when": CONDITIONS, "to": TARGETS}), max_size=3)},
    optional={
        "note": MORE_TEXTS,
        "effective_at": INSTANTS,
        "default": TARGETS,
        "reassign_on": st.just(["state", "attributes.a b"]),
        "constraints": st.just([{"name": "Licence", "require": "licence"}]),
        "score": st.lists(st.fixed_dictionaries({"name": MORE_TEXTS, "points": st.just(-7)}), max_size=1),
        "sla": st.fixed_dictionaries({"sources": st.dictionaries(MORE_TEXTS, st.just(15), max_size=2)}),
        "workers": st.just([{"capability": "enrich", "timeout": 0.25, "required": True}]),
    },
)


@pytest.mark.timeout(count(120, 900))
@settings(max_examples=count(100, 2_000))
@given(document=POLICIES)
def test_what_has_no_fault_is_written_as_toml_and_read_the_same(document: dict[str, Any]) -> None:
    if not check_policy(document, KNOWN):
        assert plain(read_text(write_text(document))) == document
    else:  # Only what rules are called, or their order, can be wrong here.
        assert {fault.field for fault in check_policy(document, KNOWN)} <= {"name", "when"}


def test_keys_that_are_called_like_a_date_hold_what_the_admin_says() -> None:
    text = FILE.replace('away = "OFF 60"', 'to = "OFF 60", from = "ON"')
    assert merged_document({}, text, prune=False)["organisation"]["synonyms"] == {"to": "OFF 60", "from": "ON"}
    rule = {"name": "All", "to": {"pond": True}, "when": {"attributes": {"from": ["Austin"], "to": ["Waco"]}}}
    assert tomllib.loads(write_text({"rules": [rule]}))["policy"] == {"rules": [rule]}


@pytest.mark.parametrize("text", ["policy = 3\n", "policy = []\n", "[[policy]]\nnote = 'x'\n"])
def test_a_policy_that_is_no_table_is_refused_beside_a_whole_organisation(text: str) -> None:
    with pytest.raises(OrganisationRefused, match="is not a table"):
        merged_document({}, text + FILE[: FILE.index("[policy]")], prune=False)
