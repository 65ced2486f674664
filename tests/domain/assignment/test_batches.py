"""Who gets which of many leads, and what is said of it beforehand."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sami.domain.assignment.batches import LeadFilter, OwnedLead, Preview, preview_of, spread
from sami.domain.leads.stages import Stage


def leads(count: int, owner: str | None = "ana") -> list[OwnedLead]:
    return [OwnedLead(number + 1, owner, Stage.NEW) for number in range(count)]


def test_a_split_is_interleaved_by_weight() -> None:
    assert "".join(move.to[0] for move in spread(leads(10), {"ben": 60, "dee": 40})) == "bdbdbbdbdb"


@pytest.mark.parametrize("weights", [{"ben": 60, "dee": 40}, {"ben": 1, "cy": 1, "dee": 1}, {"ben": 99, "cy": 1}])
def test_a_split_is_within_one_of_the_ideal_over_any_hundred(weights: dict[str, int]) -> None:
    given = [move.to for move in spread(leads(500), weights)]
    total = sum(weights.values())
    for start in range(400):
        held = Counter(given[start : start + 100])
        assert all(abs(held[key] - 100 * weight / total) <= 1 for key, weight in weights.items())


def test_a_split_is_the_same_each_time() -> None:
    assert list(spread(leads(50), {"dee": 2, "ben": 3})) == list(spread(leads(50), {"ben": 3, "dee": 2}))


def test_a_preview_counts_who_loses_and_who_gets() -> None:
    several = [*leads(3), OwnedLead(9, None, Stage.QUALIFIED), OwnedLead(10, "ben", Stage.NEW)]
    preview = preview_of(spread(several, {"ben": 1}))
    assert preview == Preview(5, {(None, "ben"): 1, ("ana", "ben"): 3}, {Stage.NEW: 4, Stage.QUALIFIED: 1}, 1)
    assert preview.moving == 4


def test_a_filter_says_what_it_wants() -> None:
    assert LeadFilter().is_empty
    wanted = LeadFilter(owner="ana", stage=Stage.NEW, created_after=datetime(2026, 11, 1, tzinfo=UTC))
    assert not wanted.is_empty
    assert str(wanted) == "owner ana, stage NEW, created after 2026-11-01T00:00:00+00:00"
