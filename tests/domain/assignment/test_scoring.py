"""A score is the sum of the points that hold, and says of each entry whether and why."""

from typing import Any

import pytest

from sami.domain.assignment.policy import ScorePoints
from sami.domain.assignment.scoring import describe_score, score_inquiry
from sami.domain.leads.condition import Condition, Range
from sami.domain.leads.inquiry import Inquiry
from tests.support.make import AT

CHICAGO = "America/Chicago"  # There it is Monday, 10:00.
POINTS = (
    ScorePoints("Ready now", 30, Condition(timeframe=("now",))),
    ScorePoints("Big budget", 20, Condition(price=Range(min=500_000))),
    ScorePoints("Out of area", -40, Condition(state=("CA", "NY"))),
    ScorePoints("Came in at night", 5, Condition(hours="Mo-Su 20:00-08:00")),
    ScorePoints("Pre-approved", 15, Condition(attributes={"pre_approved": ("true",)})),
)


@pytest.mark.parametrize(
    ("said", "total"),
    [
        pytest.param({}, 0, id="nothing known"),
        pytest.param({"timeframe": "NOW"}, 30, id="one holds, whatever its case"),
        pytest.param({"timeframe": "now", "price": 500_000}, 50, id="points add up"),
        pytest.param({"price": 499_999}, 0, id="a dollar too little"),
        pytest.param({"state": "CA", "timeframe": "later"}, -40, id="points may be taken away"),
        pytest.param({"attributes": {"pre_approved": True}}, 15, id="an attribute"),
        pytest.param(
            {"timeframe": "now", "price": 900_000, "state": "NY", "attributes": {"pre_approved": "true"}}, 25, id="all"
        ),
    ],
)
def test_a_score_is_the_sum_of_what_holds(said: dict[str, Any], total: int) -> None:
    assert score_inquiry(POINTS, Inquiry(**said), AT, CHICAGO).total == total


def test_hours_are_the_organisations() -> None:
    assert score_inquiry(POINTS, Inquiry(), AT, "Asia/Tokyo").total == 5


def test_each_point_is_named_and_says_why_it_does_not_hold() -> None:
    score = score_inquiry(POINTS, Inquiry(timeframe="now", price=100, state="CA"), AT, CHICAGO)
    assert describe_score(score) == (
        "+30 Ready now.",
        "-40 Out of area.",
        "0 Big budget: price: 100, wanted at least 500000.",
        "0 Came in at night: hours: not within Mo-Su 20:00-08:00.",
        "0 Pre-approved: attributes.pre_approved is not known.",
    )


def test_the_less_a_lead_says_the_less_of_its_score_is_known() -> None:
    assert score_inquiry(POINTS, Inquiry(), AT, CHICAGO).known == pytest.approx(0.2)
    told = Inquiry(timeframe="later", price=1, state="TX", attributes={"pre_approved": "no"})
    assert score_inquiry(POINTS, told, AT, CHICAGO).known == 1.0
    assert score_inquiry((), Inquiry(), AT, CHICAGO).known == 1.0
