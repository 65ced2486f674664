"""Whom of ours does it concern? Who owns a lead, who owns the account, who manages, and by when each could act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sami.domain.agents.gates import AgentFacts
from sami.domain.language.hours import Schedule, is_open, next_opening
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import E164

TASK_DUE_AFTER = timedelta(minutes=5)
"""When the task of a missed transfer is due, and any task that states no time of its own."""
_SAID_DUE = f"{TASK_DUE_AFTER // timedelta(minutes=1)} minutes"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of ours who may own a task or be told. `due_at` is when a task made now would be due for them."""

    id: int
    key: str
    name: str
    phone: E164
    due_at: datetime
    due_text: str = ""
    schedule: Schedule | None = None

    def clock(self, now: datetime) -> Clock:
        return Clock(now, "UTC" if self.schedule is None else self.schedule.time_zone)

    def due_after(self, at: datetime, length: timedelta) -> datetime:
        """That much later if they are then inside their hours, else five minutes after their next opening."""
        return _due_at(self.schedule, at + length)


@dataclass(frozen=True, slots=True)
class Recipients:
    """The people an action may name; `people` are the active agents by key."""

    owner: Person | None = None
    account_owner: Person | None = None
    managers: tuple[Person, ...] = ()
    admins: tuple[Person, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)

    def whom(self, who: str) -> tuple[Person, ...]:
        """Nothing is ever addressed to nobody: a missing owner or manager means the admins."""
        match who:
            case "owner":
                return (self.owner,) if self.owner else self.admins
            case "account_owner":
                return (self.account_owner,) if self.account_owner else self.admins
            case "managers":
                return self.managers or self.admins
            case "admins":
                return self.admins
            case key:
                return (self.people[key],) if key in self.people else self.admins


def person_of(agent: AgentFacts, schedule: Schedule, now: datetime) -> Person:
    """Due five minutes on if they are then inside their hours, else five minutes after their next opening."""
    due_at = _due_at(schedule, now + TASK_DUE_AFTER)
    due_text = Clock(now, schedule.time_zone).say(due_at)
    return Person(agent.id, agent.key, agent.name, E164(agent.phone), due_at, due_text, schedule)


def said_length(due: str | None) -> str:
    """As admins write it."""
    return due or _SAID_DUE


def said_due(owner: Person | None) -> str:
    """The admins, who own together what nobody owns, have no hours of their own."""
    return f"in {_SAID_DUE}" if owner is None else owner.due_text


def _due_at(schedule: Schedule | None, at: datetime) -> datetime:
    if schedule is None or is_open(schedule, at):
        return at
    opening = next_opening(schedule, at)
    return at if opening is None else opening + TASK_DUE_AFTER
