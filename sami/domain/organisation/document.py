"""The organisation as the admin's file states it: one frozen value per table, names as in the file."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

from sami.domain.language.strict import STRICT
from sami.domain.leads.condition import Condition
from sami.domain.leads.outcome import Outcome
from sami.domain.leads.stages import Stage

RING_TIMEOUT_S, RING_TIMEOUT_MIN_S, RING_TIMEOUT_MAX_S = 20, 5, 300


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    AGENT = "agent"
    AUDITOR = "auditor"


ADMINS = frozenset({Role.OWNER, Role.ADMIN})
"""They are told where nobody else is there to be told."""
ANSWER_FOR_ALL = ADMINS | {Role.MANAGER}
"""They act on anybody's lead."""


class Pattern(StrEnum):
    ASSIGNED_THEN_GROUP = "assigned_then_group"
    SIMULTANEOUS_GROUP = "simultaneous_group"
    ASSIGNED_ONLY = "assigned_only"


@dataclass(frozen=True, slots=True)
class Organisation:
    __pydantic_config__ = STRICT
    name: str
    country: str
    time_zone: str
    account_owner: str | None = None
    wrap_up: int = 15
    synonyms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """Local dates of the agent's zone, both included."""

    __pydantic_config__ = STRICT
    from_: date
    to: date
    cover: str | None = None

    def holds(self, today: date) -> bool:
        return self.from_ <= today <= self.to


@dataclass(frozen=True, slots=True)
class Caps:
    """How many leads an agent may own or be given; absent: no limit. A day is the agent's local one."""

    __pydantic_config__ = STRICT
    open_leads: int | None = None
    leads_per_day: int | None = None
    leads_per_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    __pydantic_config__ = STRICT
    key: str
    name: str
    phone: str
    email: str | None = None
    verified: bool = False
    role: Role = Role.AGENT
    calls: bool = True
    leads: bool = True
    time_zone: str | None = None
    hours: str | None = None
    holidays: str | None = None
    screening: bool = True
    skills: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    caps: Caps = field(default_factory=Caps)
    out_of_office: tuple[OutOfOffice, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    __pydantic_config__ = STRICT
    key: str
    name: str
    manager: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    __pydantic_config__ = STRICT
    phone: str
    name: str
    bot: str
    staff: bool = False


@dataclass(frozen=True, slots=True)
class FallbackNumber:
    __pydantic_config__ = STRICT
    phone: str
    name: str = ""
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class MenuChoice:
    __pydantic_config__ = STRICT
    digits: str
    say: str
    then: Literal["transfer", "voicemail", "callback", "opt_out"]
    words: tuple[str, ...] = ()
    skill: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    __pydantic_config__ = STRICT
    attribute: str
    ask: str
    choices: tuple[str, ...] = ()


def _listed(value: Any) -> Any:
    """One stage is written alone, several in brackets; as stages, because strict reading takes words from JSON only."""
    if not isinstance(value, (str, list, tuple)):
        return value
    return tuple(_stage(name) for name in ([value] if isinstance(value, str) else value))


def _stage(name: Any) -> Stage:
    try:
        return Stage(name)
    except ValueError:
        *most, last = (f"'{stage}'" for stage in Stage)
        raise PydanticKnownError("enum", {"expected": f"{', '.join(most)} or {last}"}) from None


@dataclass(frozen=True, slots=True)
class Action:
    """One line of what an outcome, a workflow or a step of a cadence makes happen.

    Which fields belong to which verb: `sami.documents.checks.actions`. `for`, `between` and `on` say how long a wait
    lasts and when it may end, in the lead's own zone; `for` alone also how long cadences pause and nobody is contacted.
    `then` and `else` are the two ways of a branch, `message` is left on an answering machine.
    """

    __pydantic_config__ = STRICT
    do: Literal[
        "assign_by_policy",
        "assign_to",
        "change_stage",
        "add_tag",
        "remove_tag",
        "note",
        "task",
        "notify",
        "text_lead",
        "call_lead",
        "enrol",
        "pause_cadences",
        "cancel_cadences",
        "do_not_contact",
        "wait",
        "stop_if",
        "branch",
    ]
    who: str | None = None
    by: tuple[Literal["text", "email", "app", "slack", "webhook"], ...] = ("text",)
    say: str | None = None
    title: str | None = None
    due: str | None = None
    agent: str | None = None
    stage: Annotated[tuple[Stage, ...], BeforeValidator(_listed)] = ()
    tag: str | None = None
    cadence: str | None = None
    message: str | None = None
    for_: str | None = None
    between: str | None = None
    on: str | None = None
    when: Condition | None = None
    then: tuple["Action", ...] = ()
    else_: tuple["Action", ...] = ()


@dataclass(frozen=True, slots=True)
class Cadence:
    """Steps that a lead goes through in time. A lead finishes the version it started."""

    __pydantic_config__ = STRICT
    key: str
    name: str
    steps: tuple[Action, ...] = ()


class Trigger(StrEnum):
    """What sets a workflow going."""

    LEAD_RECEIVED = "lead_received"
    CONTACT_CREATED = "contact_created"
    TAG_ADDED = "tag_added"
    TEXT_RECEIVED = "text_received"
    STAGE_CHANGED = "stage_changed"
    OUTCOME_RECORDED = "outcome_recorded"
    SLA_BREACHED = "sla_breached"


@dataclass(frozen=True, slots=True)
class Workflow:
    """What happens to a lead on a trigger. `tag`, `stage` and `outcome` narrow the triggers that speak of one."""

    __pydantic_config__ = STRICT
    key: str
    on: Trigger
    actions: tuple[Action, ...] = ()
    when: Condition = field(default_factory=Condition)
    tag: str | None = None
    stage: Stage | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    __pydantic_config__ = STRICT
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Bot:
    __pydantic_config__ = STRICT
    key: str
    greeting: str = ""
    language: str = "en-US"
    behaviour: Literal["rules", "number"] = "rules"
    number: str | None = None
    pattern: Pattern = Pattern.ASSIGNED_THEN_GROUP
    ring_timeout: int = RING_TIMEOUT_S
    max_wait: int = 90
    overlap: int = 0
    sticky: bool = False
    max_ring: int = 10
    group_ring: Literal["queue", "dial", "hunt"] = "queue"
    caller_id: Literal["line", "caller"] = "line"
    voice: str | None = None
    hold_music: str | None = None
    record: bool = False
    sentences: dict[str, str] = field(default_factory=dict)
    team: str | None = None
    fallback: tuple[FallbackNumber, ...] = ()
    menu: tuple[MenuChoice, ...] = ()
    questions: tuple[Question, ...] = ()
    outcomes: dict[Outcome, OutcomeRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Whom calls and texts are not taken from; exactly one of the first three. `until` is the last day, included."""

    __pydantic_config__ = STRICT
    phone: str | None = None
    prefix: str | None = None
    withheld_on: str | None = None
    why: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class OrganisationFile:
    """The whole file. A table that is absent is left as it is in the database."""

    __pydantic_config__ = STRICT
    organisation: Organisation | None = None
    agents: tuple[Agent, ...] = ()
    teams: tuple[Team, ...] = ()
    lines: tuple[Line, ...] = ()
    bots: tuple[Bot, ...] = ()
    cadences: tuple[Cadence, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    blocked: tuple[Blocked, ...] = ()
