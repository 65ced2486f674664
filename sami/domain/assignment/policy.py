"""The policy as the admin's file states it: hard constraints, ordered rules, who gets what, and what makes a score."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from sami.domain.language.strict import STRICT
from sami.domain.leads.condition import Condition


class By(StrEnum):
    """How one agent of several is chosen."""

    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    BEST_MATCH = "best_match"
    RANDOM = "random"
    PRIMARY_ONLY = "primary_only"


@dataclass(frozen=True, slots=True)
class Target:
    """Who: one agent, a team, a list of agents, or the pond. `weights` are per cent and total 100.

    `primary_only` means the first of the list or team and nobody else. `on_duty`: only who may be rung now.
    """

    __pydantic_config__ = STRICT
    agent: str | None = None
    team: str | None = None
    agents: tuple[str, ...] = ()
    pond: bool = False
    by: By = By.ROUND_ROBIN
    weights: dict[str, int] = field(default_factory=dict)
    on_duty: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """Without exception: either `to` names who alone may own such a lead, or `require` what every owner must have.

    licence: for the lead's state. language: a skill of the name in the lead's attribute `language`. consent: the lead
    may be contacted at all; it waits in the pond where it may not.
    """

    __pydantic_config__ = STRICT
    name: str
    when: Condition = field(default_factory=Condition)
    to: Target | None = None
    require: Literal["licence", "language", "consent"] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    __pydantic_config__ = STRICT
    name: str
    to: Target
    when: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class ScorePoints:
    __pydantic_config__ = STRICT
    name: str
    points: int
    when: Condition = field(default_factory=Condition)


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """The SLA: minutes from intake to the first response; `sources` names those with a target of their own.

    `counts`: every minute, or those of the owner's working hours.
    """

    __pydantic_config__ = STRICT
    minutes: int = 5
    sources: dict[str, int] = field(default_factory=dict)
    counts: Literal["always", "working_hours"] = "always"
    escalate: bool = False


@dataclass(frozen=True, slots=True)
class WorkerChoice:
    """Which version of a worker runs, and the share of leads, in per cent, that a newer one gets on trial.

    `url` is where `version` runs and `canary_url` where `canary` does, both asked with signatures made with `secret`;
    without one the version is ours. `timeout` is in seconds, all tries included. `required`: an answer is needed.
    """

    __pydantic_config__ = STRICT
    capability: str
    version: str | None = None
    canary: str | None = None
    share: int = 0
    url: str | None = None
    canary_url: str | None = None
    secret: str | None = None
    timeout: float | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """`effective_at` absent: from its publication on. `reassign_on` names what runs the policy again for a lead.

    `verified_only`: leads go to agents whose phone a test ring has verified, unless a constraint names somebody.
    """

    __pydantic_config__ = STRICT
    note: str = ""
    effective_at: datetime | None = None
    default: Target = field(default_factory=lambda: Target(pond=True))
    reassign_on: tuple[str, ...] = ()
    verified_only: bool = False
    constraints: tuple[Constraint, ...] = ()
    rules: tuple[Rule, ...] = ()
    score: tuple[ScorePoints, ...] = ()
    sla: FirstResponse = field(default_factory=FirstResponse)
    workers: tuple[WorkerChoice, ...] = ()
