"""What was counted of one row of a report; rows that are added up give the total."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

FEW = 20
"""Under so many cases a share is shown with its interval and its number of cases, never as a bare per cent."""
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Tally:
    """`counts` by what was counted; `spans` by what was measured: whole seconds and how often they came."""

    counts: Counter[str] = field(default_factory=Counter)
    spans: Mapping[str, Counter[int]] = field(default_factory=dict)


def add_up(tallies: Iterable[Tally]) -> Tally:
    counts: Counter[str] = Counter()
    spans: dict[str, Counter[int]] = {}
    for tally in tallies:
        counts.update(tally.counts)
        for name, lengths in tally.spans.items():
            spans.setdefault(name, Counter()).update(lengths)
    return Tally(counts, spans)


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def wilson(part: int, of: int) -> Interval:
    """The 95% interval of a share (Wilson 1927): honest for few cases, and never outside 0 to 1."""
    share, z2 = part / of, _Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def quantile(lengths: Mapping[int, int], q: float) -> int | None:
    """The least length that at least this share of the cases does not exceed; None without a case."""
    total = sum(lengths.values())
    wanted, seen = math.ceil(q * total), 0
    for length in sorted(lengths):
        seen += lengths[length]
        if seen >= max(1, wanted):
            return length
    return None


def mean(lengths: Mapping[int, int]) -> float | None:
    total = sum(lengths.values())
    return None if total == 0 else sum(length * times for length, times in lengths.items()) / total
