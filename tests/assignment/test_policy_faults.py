"""A wrong policy or workflow is refused with its table, row and field, and with what would be right."""

from typing import Any

import pytest
import tomlkit

from sami.documents.checks.fault import Fault
from sami.documents.checks.known import Known
from sami.documents.checks.policy import ALWAYS_OURS, check_policy
from sami.organisation.applying import merged_document
from sami.organisation.publishing import OrganisationRefused
from sami.workers.plan import FIRST
from tests.support import SUPPORT

FILE = (SUPPORT / "organisation_with_policy.toml").read_text()
BUYERS = {"team": "buyers"}
POND = {"pond": True}
TEXAS = {"state": ["TX"]}
SECRET = "c2VjcmV0" * 4


def faults_of(text: str) -> list[Fault]:
    with pytest.raises(OrganisationRefused) as refused:
        merged_document({}, text, prune=False)
    return list(refused.value.faults)


def with_policy(**parts: Any) -> str:
    return FILE[: FILE.index("[policy]")] + tomlkit.dumps({"policy": parts})


def rule(to: Any = BUYERS, *, name: str = "Texas", when: Any = None) -> dict[str, Any]:
    return {"name": name, "to": to} | ({} if when is None else {"when": when})


def to(**target: Any) -> str:
    return with_policy(rules=[rule(target)])


def when(**condition: Any) -> str:
    return with_policy(rules=[rule(when=condition)])


def constraint(**parts: Any) -> str:
    return with_policy(constraints=[{"name": "Strategic"} | parts])


def order(first: Any, second: Any, target: Any = BUYERS) -> str:
    return with_policy(rules=[rule(target, name="First", when=first), rule(name="Second", when=second)])


def worker(**parts: Any) -> str:
    return with_policy(workers=[{"capability": "enrich"} | parts])


# The file, where the fault stands (table, row, field), what is wrong, what would be right.
WRONG_POLICIES: dict[str, tuple[str, tuple[str, str, str], str, str]] = {
    # The policy itself.
    "a misspelt key": (with_policy(rule=[]), ("policy", "", "rule"), "is not a known name", "did you mean rules?"),
    "a number for a list": (with_policy(rules=3), ("policy", "", "rules"), "3 is not a list", "square brackets"),
    "a date that is none": (
        with_policy(effective_at="soon"),
        ("policy", "", "effective_at"),
        '"soon" is not an instant',
        "2026-11-01T00:00:00Z",
    ),
    "an instant of no zone": (
        with_policy(effective_at=tomlkit.datetime("2026-11-01T00:00:00")),
        ("policy", "", "effective_at"),
        "says neither Z nor how far",
        "2026-11-01T00:00:00Z",
    ),
    "a day for an instant": (
        with_policy(effective_at=tomlkit.date("2026-11-01")),
        ("policy", "", "effective_at"),
        '"2026-11-01" is not an instant',
        "2026-11-01T00:00:00Z",
    ),
    # Who.
    "nobody": (to(by="random"), ("policy.rules", "Texas", "to"), "names nobody", "agent, team, agents, or pond"),
    "no pond": (to(pond=False), ("policy.rules", "Texas", "to"), "names nobody", "pond = true"),
    "two targets": (
        to(agent="ana", team="buyers"),
        ("policy.rules", "Texas", "to"),
        "names agent and team",
        "leave one of them",
    ),
    "three targets": (
        to(team="buyers", agents=["ana"], pond=True),
        ("policy.rules", "Texas", "to"),
        "names team and agents and pond",
        "leave one",
    ),
    "no target": (
        with_policy(rules=[{"name": "Texas"}]),
        ("policy.rules", "Texas", "to"),
        "is missing",
        'to = { team = "buyers"',
    ),
    "a target in words": (
        with_policy(rules=[rule("ana")]),
        ("policy.rules", "Texas", "to"),
        '"ana" is not a table',
        "in braces",
    ),
    "an unknown agent": (
        to(agent="max"),
        ("policy.rules", "Texas", "to.agent"),
        '"max" is not the key of an agent',
        "use one of ana, ben, olive",
    ),
    "an unknown team": (
        to(team="sellers"),
        ("policy.rules", "Texas", "to.team"),
        '"sellers" is not the key of a team',
        "use one of buyers",
    ),
    "an unknown agent in a list": (
        to(agents=["ana", "max"]),
        ("policy.rules", "Texas", "to.agents[2]"),
        '"max" is not the key of an agent',
        "ana, ben, olive",
    ),
    "somebody twice in a list": (
        to(agents=["ana", "ana"]),
        ("policy.rules", "Texas", "to.agents[2]"),
        '"ana" stands there twice',
        "once",
    ),
    "an empty list": (to(agents=[]), ("policy.rules", "Texas", "to.agents"), "[] has nobody in it", "the pond"),
    "an unknown way": (
        to(team="buyers", by="rotation"),
        ("policy.rules", "Texas", "to.by"),
        '"rotation" is not known',
        "round_robin",
    ),
    "a way into the pond": (
        to(pond=True, by="random"),
        ("policy.rules", "Texas", "to.by"),
        "does not belong to the pond",
        "leave it out",
    ),
    "a way to one agent": (
        to(agent="ana", by="random"),
        ("policy.rules", "Texas", "to.by"),
        "does not belong to one agent",
        "leave it out",
    ),
    "on duty in the pond": (
        to(pond=True, on_duty=True),
        ("policy.rules", "Texas", "to.on_duty"),
        "does not belong to the pond",
        "leave it out",
    ),
    "a default of nobody": (
        with_policy(default={"team": "sellers"}),
        ("policy", "", "default.team"),
        '"sellers" is not the key of a team',
        "buyers",
    ),
    "a default of two": (
        with_policy(default={"agent": "ana", "pond": True}),
        ("policy", "", "default"),
        "names agent and pond",
        "leave one",
    ),
    # Shares.
    "weights of 90": (
        to(team="buyers", weights={"ana": 60, "ben": 30}),
        ("policy.rules", "Texas", "to.weights"),
        "total 90",
        "total 100",
    ),
    "weights of 101": (
        to(team="buyers", weights={"ana": 61, "ben": 40}),
        ("policy.rules", "Texas", "to.weights"),
        "total 101",
        "total 100",
    ),
    "a weight of somebody else": (
        to(team="buyers", weights={"ana": 60, "olive": 40}),
        ("policy.rules", "Texas", "to.weights.olive"),
        "is not in the pool",
        "use ana, ben",
    ),
    "a weight of nobody": (
        to(agents=["ana", "ben"], weights={"ana": 60, "max": 40}),
        ("policy.rules", "Texas", "to.weights.max"),
        '"max" is not the key of an agent',
        "ana, ben, olive",
    ),
    "more than all": (
        to(team="buyers", weights={"ana": 120, "ben": 0}),
        ("policy.rules", "Texas", "to.weights.ana"),
        "120 is out of range",
        "from 0 to 100",
    ),
    "half a weight": (
        to(team="buyers", weights={"ana": 60.5, "ben": 40}),
        ("policy.rules", "Texas", "to.weights.ana"),
        "60.5 is not a whole number",
        "without quotes",
    ),
    "no weights": (
        to(team="buyers", weights={}),
        ("policy.rules", "Texas", "to.weights"),
        "are empty",
        "equal shares",
    ),
    "weights of the least loaded": (
        to(team="buyers", by="least_loaded", weights={"ana": 60, "ben": 40}),
        ("policy.rules", "Texas", "to.weights"),
        'do not belong to by = "least_loaded"',
        '"round_robin"',
    ),
    # When.
    "a misspelt field": (
        when(sate=["TX"]),
        ("policy.rules", "Texas", "when.sate"),
        "is not a known name",
        "did you mean state?",
    ),
    "a state in words": (
        when(state=["TX", "Texas"]),
        ("policy.rules", "Texas", "when.state[2]"),
        '"Texas" is not how a state is written',
        'write "TX"',
    ),
    "a state in small letters": (
        when(state=["ok"]),
        ("policy.rules", "Texas", "when.state[1]"),
        '"ok" is not how a state is written',
        'write "OK"',
    ),
    "a state by itself": (when(state="TX"), ("policy.rules", "Texas", "when.state"), '"TX" is not a list', "brackets"),
    "a country in words": (
        when(country=["Mexico"]),
        ("policy.rules", "Texas", "when.country[1]"),
        '"Mexico" is not how a country is written',
        '"MX"',
    ),
    "a language in words": (
        when(language=["Spanish"]),
        ("policy.rules", "Texas", "when.language[1]"),
        '"Spanish" is not how a language is written',
        'write "es"',
    ),
    "an area code with a sign": (
        when(area_code=["+1512"]),
        ("policy.rules", "Texas", "when.area_code[1]"),
        "is not how an area code is written",
        '"512"',
    ),
    "a ZIP with a star inside": (
        when(zip=["78*01"]),
        ("policy.rules", "Texas", "when.zip[1]"),
        '"78*01" is not how a ZIP is written',
        '"787*"',
    ),
    "an empty word": (
        when(source=["web", " "]),
        ("policy.rules", "Texas", "when.source[2]"),
        "is empty",
        "leave it out",
    ),
    "a price upside down": (
        when(price={"min": 5, "max": 4}),
        ("policy.rules", "Texas", "when.price"),
        "begins at 5 and ends at 4",
        "smaller number at min",
    ),
    "a score of no end": (
        when(score={}),
        ("policy.rules", "Texas", "when.score"),
        "has neither min nor max",
        "leave the range out",
    ),
    "a misspelt end": (
        when(price={"mn": 5}),
        ("policy.rules", "Texas", "when.price.mn"),
        "is not a known name",
        "did you mean min?",
    ),
    "an attribute of no value": (
        when(attributes={"language": []}),
        ("policy.rules", "Texas", "when.attributes.language"),
        "is empty",
        "leave it out",
    ),
    "hours in words": (
        when(hours="evenings"),
        ("policy.rules", "Texas", "when.hours"),
        'is wrong: The hours "evenings" cannot be read',
        "Mo-Fr 09:00-18:00",
    ),
    "hours of holidays": (
        when(hours="Mo-Fr 09:00-17:00; PH off"),
        ("policy.rules", "Texas", "when.hours"),
        "PH needs a region",
        "",
    ),
    # The order.
    "the same condition again": (
        order(TEXAS, {"state": ["TX"]}),
        ("policy.rules", "Second", "when"),
        'is never reached, because rule "First"',
        "put it before that one",
    ),
    "a narrower condition below": (
        order({"state": ["TX", "OK"], "price": {"min": 100}}, {"state": ["OK"], "price": {"min": 200, "max": 300}}),
        ("policy.rules", "Second", "when"),
        'because rule "First" before it takes every lead',
        "put it before",
    ),
    "anything before something": (
        order(None, TEXAS),
        ("policy.rules", "Second", "when"),
        'because rule "First"',
        "put it before",
    ),
    "the pond for everything": (
        order({}, TEXAS, POND),
        ("policy.rules", "Second", "when"),
        'because rule "First"',
        "put it before",
    ),
    "a constraint before a rule": (
        with_policy(
            constraints=[{"name": "Austin", "when": {"zip": ["787*"]}, "to": {"agent": "olive"}}],
            rules=[rule(when={"zip": ["78701"]})],
        ),
        ("policy.rules", "Texas", "when"),
        'because constraint "Austin" before it',
        "put it before",
    ),
    "a constraint below a constraint": (
        with_policy(
            constraints=[
                {"name": "Big", "when": {"tags": ["big", "huge"]}, "to": {"agent": "olive"}},
                {"name": "Huge", "when": {"tags": ["HUGE"]}, "to": {"agent": "ana"}},
            ]
        ),
        ("policy.constraints", "Huge", "when"),
        'because constraint "Big"',
        "put it before",
    ),
    # Names.
    "a rule without a name": (
        with_policy(rules=[{"to": POND}]),
        ("policy.rules", "#1", "name"),
        "is missing",
        'name = "Texas buyers"',
    ),
    "a rule of an empty name": (
        with_policy(rules=[rule(name=" ")]),
        ("policy.rules", "#1", "name"),
        "is empty",
        "write something",
    ),
    # Constraints.
    "nothing constrained": (
        constraint(when=TEXAS),
        ("policy.constraints", "Strategic", ""),
        "constrains nothing",
        "require = licence, language or consent",
    ),
    "somebody and a requirement": (
        constraint(to={"agent": "olive"}, require="licence"),
        ("policy.constraints", "Strategic", "require"),
        "does not belong beside to",
        "two constraints",
    ),
    "an unknown requirement": (
        constraint(require="license"),
        ("policy.constraints", "Strategic", "require"),
        '"license" is not known',
        "did you mean licence?",
    ),
    # Triggers.
    "an unknown trigger": (
        with_policy(reassign_on=["state", "re_engage"]),
        ("policy", "", "reassign_on[2]"),
        '"re_engage" is nothing that could change',
        "did you mean re_engaged?",
    ),
    "an attribute without a name": (
        with_policy(reassign_on=["attributes."]),
        ("policy", "", "reassign_on[1]"),
        '"attributes." is nothing',
        "attributes.NAME",
    ),
    "a trigger twice": (
        with_policy(reassign_on=["zip", "zip"]),
        ("policy", "", "reassign_on[2]"),
        '"zip" stands there twice',
        "once",
    ),
    # Points, the SLA and workers.
    "points of nothing": (
        with_policy(score=[{"name": "Now", "points": 0}]),
        ("policy.score", "Now", "points"),
        "0 changes no score",
        "more or less",
    ),
    "points of a score": (
        with_policy(score=[{"name": "Hot", "points": 5, "when": {"score": {"min": 50}}}]),
        ("policy.score", "Hot", "when.score"),
        "is what these points make",
        "leave it out",
    ),
    "points without any": (
        with_policy(score=[{"name": "Now"}]),
        ("policy.score", "Now", "points"),
        "is missing",
        "points = 30",
    ),
    "no time to answer": (
        with_policy(sla={"minutes": 0}),
        ("policy", "", "sla.minutes"),
        "0 is out of range",
        "from 1 to 10080",
    ),
    "no time for a source": (
        with_policy(sla={"sources": {"zillow": 0}}),
        ("policy", "", "sla.sources.zillow"),
        "0 is out of range",
        "from 1",
    ),
    "a share of no version": (
        worker(share=10),
        ("policy.workers", "enrich", "share"),
        "is of no version",
        "canary =",
    ),
    "a canary of no share": (
        worker(canary="2"),
        ("policy.workers", "enrich", "canary"),
        "gets no leads",
        "share =",
    ),
    "a share above all": (
        worker(canary="2", share=101),
        ("policy.workers", "enrich", "share"),
        "101 is out of range",
        "from 0 to 100",
    ),
    "an address for no version": (
        worker(canary_url="https://enrich.example.com", secret=SECRET),
        ("policy.workers", "enrich", "canary_url"),
        "is of no version",
        "canary =",
    ),
    "a worker at no address": (
        worker(url="ftp://enrich.example.com", secret=SECRET),
        ("policy.workers", "enrich", "url"),
        '"ftp://enrich.example.com" is not a plain web address',
        "https://",
    ),
    "a worker without a secret": (
        worker(url="https://enrich.example.com"),
        ("policy.workers", "enrich", "secret"),
        "no secret to sign with",
        "base64",
    ),
    "a worker with a short secret": (
        worker(url="https://enrich.example.com", secret="short"),
        ("policy.workers", "enrich", "secret"),
        "not base64 of 24 bytes",
        "base64",
    ),
    "a worker that is always ours": (
        worker(capability="check_compliance", url="https://x.example.com", secret=SECRET),
        ("policy.workers", "check_compliance", "url"),
        "is not for check_compliance",
        "always ours",
    ),
    "a worker of a strange name": (
        worker(capability="Enrich leads"),
        ("policy.workers", "Enrich leads", "capability"),
        '"Enrich leads" is not a name',
        "such as enrich",
    ),
    "no time for a worker": (
        worker(timeout=0),
        ("policy.workers", "enrich", "timeout"),
        "0 is out of range",
        "at most 60",
    ),
    "time without end": (
        worker(timeout=float("inf")),
        ("policy.workers", "enrich", "timeout"),
        "inf is out of range",
        "at most 60",
    ),
    "time in words": (
        worker(timeout="soon"),
        ("policy.workers", "enrich", "timeout"),
        '"soon" is not a number',
        "0.5",
    ),
}


@pytest.mark.parametrize(("text", "place", "wrong", "right"), WRONG_POLICIES.values(), ids=WRONG_POLICIES.keys())
def test_a_wrong_policy_is_refused_with_its_place_and_what_would_be_right(
    text: str, place: tuple[str, str, str], wrong: str, right: str
) -> None:
    faults = faults_of(text)
    assert [(fault.table, fault.row, fault.field) for fault in faults] == [place], [str(fault) for fault in faults]
    assert wrong in faults[0].wrong
    assert right in faults[0].right


def test_the_file_itself_has_no_fault() -> None:
    assert "workflows" in merged_document({}, FILE, prune=False)


RIGHT_POLICIES = {
    "nothing at all": with_policy(),
    "an empty condition": when(),
    "lists of nothing": when(state=[], tags=[]),
    "every prefix": when(zip=["7", "78*", "*", "SW1A 1AA"]),
    "one number": when(price={"min": 3, "max": 3}),
    "hours over midnight": when(hours="Mo-Su 20:00-08:00"),
    "a share of nothing for one": to(team="buyers", weights={"ana": 100, "ben": 0}),
    "weights as the list": to(weights={"ana": 60, "olive": 40}),
    "everybody in the end": order(TEXAS, {}),
    "hours before always": order({**TEXAS, "hours": "Mo-Su 20:00-08:00"}, TEXAS),
    "a requirement before a rule": with_policy(constraints=[{"name": "Consent", "require": "consent"}], rules=[rule()]),
    "every trigger": with_policy(reassign_on=["zip", "score", "attributes.pool", "re_engaged", "sla_breached"]),
    "an instant of another zone": with_policy(effective_at=tomlkit.datetime("2026-11-01T00:00:00-05:00")),
    "a worker on trial": worker(
        version="1", canary="2", share=10, url="https://enrich.example.com", secret=SECRET, timeout=0.5
    ),
}


@pytest.mark.parametrize("text", RIGHT_POLICIES.values(), ids=RIGHT_POLICIES.keys())
def test_a_policy_that_makes_sense_has_no_fault(text: str) -> None:
    merged_document({}, text, prune=False)


def test_two_rules_of_one_name_are_refused_at_both_places() -> None:
    text = with_policy(rules=[rule(when=TEXAS), rule(when={"state": ["OK"]})])
    assert [(fault.row, fault.field, fault.wrong) for fault in faults_of(text)] == [
        ("Texas", "name", '"Texas" stands there twice'),
        ("Texas", "name", '"Texas" stands there twice'),
    ]


def test_a_team_without_members_is_an_empty_pool() -> None:
    text = FILE.replace('members = ["ana", "ben"]', "members = []")
    assert [(fault.table, fault.row, fault.field, fault.wrong) for fault in faults_of(text)] == [
        ("policy.rules", "Texas buyers", "to.team", '"buyers" has nobody in it'),
        ("policy.rules", "Everybody else", "to.team", '"buyers" has nobody in it'),
    ]


GONE = {
    "everybody of a team": ({"team": "buyers"}, ("ana", "ben"), "to.team", "ana, ben left"),
    "everybody of a list": ({"agents": ["ben", "ana"]}, ("ana", "ben"), "to.agents", "ben, ana left"),
    "the only agent": ({"agent": "ana"}, ("ana",), "to.agent", "ana left"),
    "the primary": ({"agents": ["ana", "ben"], "by": "primary_only"}, ("ana",), "to.agents", "ana left"),
}


@pytest.mark.parametrize(("target", "inactive", "field", "wrong"), GONE.values(), ids=GONE.keys())
def test_a_pool_of_those_who_left_is_empty(target: Any, inactive: tuple[str, ...], field: str, wrong: str) -> None:
    known = Known.read(merged_document({}, FILE, prune=False), inactive=frozenset(inactive))
    faults = check_policy({"rules": [rule(target)]}, known)
    assert [(fault.field, fault.wrong) for fault in faults] == [(field, f"has no active agent: {wrong}")]


def test_a_pool_of_which_somebody_is_left_is_not_empty() -> None:
    known = Known.read(merged_document({}, FILE, prune=False), inactive=frozenset({"ben"}))
    assert check_policy({"rules": [rule({"agents": ["ana", "ben"], "by": "primary_only"})]}, known) == []


def test_the_workers_that_are_always_ours_are_those_that_run_first() -> None:
    assert ALWAYS_OURS == FIRST


def test_a_condition_with_a_fault_takes_no_part_in_the_order() -> None:
    faults = faults_of(order({"state": ["Texas"]}, TEXAS))
    assert [(fault.row, fault.field) for fault in faults] == [("First", "when.state[1]")]


def test_all_faults_are_told_at_once_also_with_those_of_the_organisation() -> None:
    text = FILE.replace("ana = 60", "ana = 70").replace(
        'agent = "olive" } },\n  { name = "L', 'agent = "max" } },\n  { name = "L'
    )
    text = text.replace('"Mo-Su 20:00-08:00"', '"at night"').replace("points = 30", "points = 0")
    text = text.replace("ring_timeout = 20", "ring_timeout = 4").replace('stage = "CONTACTING"', 'stage = "CONTACTED"')
    assert [(fault.table, fault.row, fault.field) for fault in faults_of(text)] == [
        ("bots", "main", "ring_timeout"),
        ("workflows", "intake", "actions[2].stage"),
        ("policy.constraints", "Strategic accounts", "to.agent"),
        ("policy.rules", "Texas buyers", "to.weights"),
        ("policy.rules", "Night", "when.hours"),
        ("policy.score", "Ready now", "points"),
    ]


def test_a_fault_reads_as_the_file_is_written() -> None:
    assert [str(fault) for fault in faults_of(to(team="buyers", weights={"ana": 60, "ben": 30}))] == [
        "[[policy.rules]] Texas: to.weights total 90; make them total 100"
    ]
    assert [str(fault) for fault in faults_of(with_policy(reassign_on=["zap"]))] == [
        '[policy]: reassign_on[1] "zap" is nothing that could change; did you mean zip?'
    ]
