"""Shares are honest for few cases; middles are values that somebody had."""

from collections import Counter

import pytest

from sami.domain.reports.catalogue import REPORTS, figures_of
from sami.domain.reports.figures import Middle, Share
from sami.domain.reports.tallies import Tally, add_up, quantile, wilson

SHARE = Share("rate", "", "part", "whole", less=("short",))


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (7, 10, 0.3968, 0.8922), (500, 1000, 0.4691, 0.5309)],
)
def test_intervals_are_wilsons(part: int, whole: int, low: float, high: float) -> None:
    """The values are those of published tables (Brown, Cai and DasGupta 2001, and Newcombe 1998)."""
    found = wilson(part, whole)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_cases_that_are_neither_are_taken_from_the_whole() -> None:
    found = SHARE.of(Tally(Counter(part=9, whole=25, short=5)))
    assert (found["value"], found["part"], found["of"], found["few"]) == (0.45, 9, 20, False)


def test_a_share_of_nothing_is_none_and_not_nought() -> None:
    assert SHARE.of(Tally(Counter(part=0, whole=5, short=5)))["value"] is None


@pytest.mark.parametrize(
    ("lengths", "q", "found"),
    [
        ({3: 1}, 0.5, 3),
        ({1: 1, 9: 1}, 0.5, 1),
        ({1: 1, 2: 1, 9: 1}, 0.5, 2),
        ({1: 9, 60: 1}, 0.9, 1),
        ({1: 8, 60: 2}, 0.9, 60),
        ({}, 0.5, None),
    ],
)
def test_a_quantile_is_a_length_that_came(lengths: dict[int, int], q: float, found: int | None) -> None:
    assert quantile(lengths, q) == found


def test_rows_add_up_to_the_total() -> None:
    rows = [Tally(Counter(a=1), {"wait": Counter({3: 1})}), Tally(Counter(a=2, b=1), {"wait": Counter({3: 1, 5: 1})})]
    total = add_up(rows)
    assert (total.counts, total.spans["wait"]) == (Counter(a=3, b=1), Counter({3: 2, 5: 1}))
    assert Middle("mean", "", "", "wait", None).of(total) == {"value": 3.7, "of": 3}


@pytest.mark.parametrize("report", REPORTS.values(), ids=list(REPORTS))
def test_each_figure_has_a_name_of_its_own_and_a_definition(report: object) -> None:
    for by in (None, "agent"):
        figures = figures_of(report, by)  # type: ignore[arg-type]
        assert len({figure.name for figure in figures}) == len(figures)
        assert all(figure.definition.endswith((".", ")")) for figure in figures)
