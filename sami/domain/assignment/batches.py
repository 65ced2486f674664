"""Many leads change hands in one go: which of them, and who gets which."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sami.domain.assignment.distribution import next_turn
from sami.domain.leads.stages import Stage


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """All that is set must hold. `owner` is an agent's key; both instants are included. Case counts in keys alone.

    `search` is a part of the name or e-mail address, or digits of the phone. `rule` is what of the policy chose the
    owner; `counted` what a figure of a report counts.
    """

    owner: str | None = None
    stage: Stage | None = None
    source: str | None = None
    tag: str | None = None
    state: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    search: str | None = None
    segment: str | None = None
    rule: str | None = None
    counted: str | None = None
    unowned: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, field.name) for field in fields(self))

    def __str__(self) -> str:
        """As the title of a batch says it."""
        said = {field.name.replace("_", " "): getattr(self, field.name) for field in fields(self)}
        return ", ".join(name if value is True else f"{name} {_plain(value)}" for name, value in said.items() if value)


@dataclass(frozen=True, slots=True)
class OwnedLead:
    """As much of a lead as a plan needs; `owner` is an agent's key."""

    id: int
    owner: str | None
    stage: Stage


@dataclass(frozen=True, slots=True)
class Move:
    lead: OwnedLead
    to: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How many leads the filter finds, how they would move by (from, to), and how many are where they should be."""

    found: int
    moves: Mapping[tuple[str | None, str], int]
    stages: Mapping[Stage, int]
    stay: int

    @property
    def moving(self) -> int:
        return sum(self.moves.values())


def spread(leads: Iterable[OwnedLead], weights: Mapping[str, int]) -> Iterator[Move]:
    """Interleaved by weight, the same each time; whoever has the lead already has also had that turn."""
    keys = sorted(weights)
    credits: Mapping[str, int] = {}
    for lead in leads:
        to, credits = next_turn(keys, weights, credits)
        yield Move(lead, to)


def preview_of(moves: Iterable[Move]) -> Preview:
    pairs: Counter[tuple[str | None, str]] = Counter()
    stages: Counter[Stage] = Counter()
    found = stay = 0
    for move in moves:
        found += 1
        stages[move.lead.stage] += 1
        if move.lead.owner == move.to:
            stay += 1
        else:
            pairs[move.lead.owner, move.to] += 1
    return Preview(found, dict(sorted(pairs.items(), key=_by_name)), dict(stages), stay)


def _by_name(pair: tuple[tuple[str | None, str], int]) -> tuple[str, str]:
    (before, after), _ = pair
    return before or "", after


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
