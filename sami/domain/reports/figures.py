"""The figures that a report may have, and what each comes to from a tally."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sami.domain.reports.tallies import FEW, Tally, mean, quantile, wilson


@dataclass(frozen=True, slots=True)
class Count:
    """`counts` names the selection that it counts, which the list of calls or leads knows too."""

    name: str
    definition: str
    counts: str = ""

    def of(self, tally: Tally) -> dict[str, Any]:
        return {"value": tally.counts[self.counts or self.name]}


@dataclass(frozen=True, slots=True)
class Share:
    """`counts` is the part, `whole` what it is a part of. `less`: cases that are neither."""

    name: str
    definition: str
    counts: str
    whole: str
    less: tuple[str, ...] = ()

    def of(self, tally: Tally) -> dict[str, Any]:
        whole = tally.counts[self.whole] - sum(tally.counts[name] for name in self.less)
        part = tally.counts[self.counts]
        if whole <= 0:
            return {"value": None, "part": part, "of": max(0, whole), "low": None, "high": None, "few": True}
        interval = wilson(min(part, whole), whole)
        return {
            "value": round(part / whole, 4),
            "part": part,
            "of": whole,
            "low": round(interval.low, 4),
            "high": round(interval.high, 4),
            "few": whole < FEW,
        }


@dataclass(frozen=True, slots=True)
class Middle:
    """A quantile of a span, in seconds; the mean where `q` is None."""

    name: str
    definition: str
    counts: str
    span: str
    q: float | None = 0.5

    def of(self, tally: Tally) -> dict[str, Any]:
        lengths: Mapping[int, int] = tally.spans.get(self.span, {})
        value = mean(lengths) if self.q is None else quantile(lengths, self.q)
        return {"value": None if value is None else round(value, 1), "of": sum(lengths.values())}


@dataclass(frozen=True, slots=True)
class Minutes:
    """Time that was added up in seconds, in minutes."""

    name: str
    definition: str
    seconds: str

    def of(self, tally: Tally) -> dict[str, Any]:
        return {"value": round(tally.counts[self.seconds] / 60, 1)}


Figure = Count | Share | Middle | Minutes
