"""Which part of the policy decides about a lead: a hard constraint, the first rule that matches, or the default."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, cast

from pydantic import BeforeValidator, PlainSerializer

from sami.domain.assignment.matching import Mismatch, Miss, mismatch
from sami.domain.assignment.policy import Policy, Target
from sami.domain.language.trace import Finding, Reason
from sami.domain.leads.condition import Condition
from sami.domain.leads.inquiry import Inquiry

DEFAULT = "default"
Kind = Literal["constraint", "rule", "default"]

_REASONS = {
    Miss.DIFFERS: Reason.DIFFERS,
    Miss.UNKNOWN: Reason.UNKNOWN_FIELD,
    Miss.CLOSED: Reason.OUTSIDE_RULE_HOURS,
}


@dataclass(frozen=True, slots=True)
class RuleName:
    """What decided about a lead. A constraint and a rule may have the same name; the default has none."""

    kind: Kind
    name: str = ""

    @property
    def written(self) -> str:
        """In a row and in a document: `rule/Texas buyers`."""
        return DEFAULT if self.kind == "default" else f"{self.kind}/{self.name}"


def read_rule(written: str) -> RuleName:
    """As `RuleName.written` wrote it."""
    kind, _, name = written.partition("/")
    return RuleName(cast("Kind", kind), name)


WrittenRule = Annotated[
    RuleName,
    BeforeValidator(lambda given: read_rule(given) if isinstance(given, str) else given),
    PlainSerializer(lambda rule: rule.written, return_type=str),
]
"""A rule that a document names as rows do."""


@dataclass(frozen=True, slots=True)
class Match:
    """`name` is the rule's or the constraint's. `required` are the requirements of the constraints that hold.

    `unknown` are the fields that rules asked for and the lead does not say.
    """

    kind: Kind
    name: str
    target: Target
    required: tuple[str, ...]
    unknown: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def rule(self) -> RuleName:
        return RuleName("default") if self.kind == "default" else RuleName(self.kind, self.name)

    @property
    def pool(self) -> str:
        """The name under which its turns are counted."""
        return self.rule.written

    @property
    def is_by_name(self) -> bool:
        """A constraint that names one agent: theirs without exception, whatever their switch and their caps."""
        return self.kind == "constraint" and self.target.agent is not None


def match_policy(policy: Policy, inquiry: Inquiry, at: datetime, time_zone: str) -> Match:
    """Constraints first, in order; then rules, in order, until one matches; then the default."""
    required = tuple(
        dict.fromkeys(
            constraint.require
            for constraint in policy.constraints
            if constraint.require and mismatch(constraint.when, inquiry, at, time_zone) is None
        )
    )
    unknown: dict[str, None] = {}
    findings: list[Finding] = []
    for kind, name, when, to in _deciders(policy):
        missed = mismatch(when, inquiry, at, time_zone)
        findings.append(_finding(kind, name, missed))
        if missed is None:
            return Match(kind, name, to, required, (), tuple(findings))
        if missed.miss is Miss.UNKNOWN:
            unknown[missed.field] = None
    findings.append(Finding(DEFAULT, True, Reason.DEFAULT))
    return Match("default", DEFAULT, policy.default, required, tuple(unknown), tuple(findings))


def _deciders(policy: Policy) -> Iterator[tuple[Kind, str, Condition, Target]]:
    for constraint in policy.constraints:
        if constraint.to is not None:
            yield "constraint", constraint.name, constraint.when, constraint.to
    for rule in policy.rules:
        yield "rule", rule.name, rule.when, rule.to


def _finding(kind: str, name: str, missed: Mismatch | None) -> Finding:
    subject = f"{kind} {name}"
    if missed is None:
        return Finding(subject, True, Reason.MATCHED)
    return Finding(subject, False, _REASONS[missed.miss], missed.detail)


def target_named(policy: Policy, rule: RuleName) -> Target | None:
    if rule.kind == "default":
        return policy.default
    return next((to for kind, name, _, to in _deciders(policy) if RuleName(kind, name) == rule), None)
