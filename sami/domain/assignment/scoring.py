"""How promising is a lead? The points of the policy that hold for it, added up, each by its name."""

from dataclasses import dataclass
from datetime import datetime

from sami.domain.assignment.matching import Mismatch, Miss, mismatch
from sami.domain.assignment.policy import ScorePoints
from sami.domain.leads.inquiry import Inquiry


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry of the policy and whether it holds: `missed` says why it does not."""

    name: str
    points: int
    missed: Mismatch | None


@dataclass(frozen=True, slots=True)
class Score:
    total: int
    judged: tuple[Judged, ...]

    @property
    def known(self) -> float:
        """The share of entries that could be judged, because the lead says what they ask for."""
        unknown = sum(entry.missed is not None and entry.missed.miss is Miss.UNKNOWN for entry in self.judged)
        return 1.0 - unknown / len(self.judged) if self.judged else 1.0


def score_inquiry(points: tuple[ScorePoints, ...], inquiry: Inquiry, at: datetime, time_zone: str) -> Score:
    """`time_zone` is the organisation's, for entries that hold at some hours only."""
    judged = tuple(Judged(entry.name, entry.points, mismatch(entry.when, inquiry, at, time_zone)) for entry in points)
    return Score(sum(entry.points for entry in judged if entry.missed is None), judged)


def describe_score(score: Score) -> tuple[str, ...]:
    """A sentence for each entry, those that hold first."""
    held = (f"{entry.points:+} {entry.name}." for entry in score.judged if entry.missed is None)
    missed = (f"0 {entry.name}: {entry.missed.detail}." for entry in score.judged if entry.missed is not None)
    return (*held, *missed)
