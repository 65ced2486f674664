"""Each gate refuses for its own reason, up to the very second, and all of them are asked."""

from datetime import date
from typing import Any

import pytest

from sami.domain.agents.gates import GATES, RingRequest, assess
from sami.domain.language.trace import Reason
from tests.support.make import AT, agent, seconds

NOW = RingRequest(AT)
SOON, JUST_NOW = AT + seconds(1), AT


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        pytest.param({"active": False}, Reason.INACTIVE, id="who left the business"),
        pytest.param({"verified": False}, Reason.UNVERIFIED, id="a phone that no test ring verified"),
        pytest.param({"calls_on": False}, Reason.CALLS_OFF, id="off duty"),
        pytest.param({"away_through": date(2026, 11, 16)}, Reason.OUT_OF_OFFICE, id="out of office, on its last day"),
        pytest.param({"open_now": False}, Reason.OUTSIDE_HOURS, id="outside hours that never open"),
        pytest.param({"open_now": False, "opens_at": SOON}, Reason.OUTSIDE_HOURS, id="a second before the shift"),
        pytest.param({"calling": True}, Reason.ON_CALL, id="the caller themselves"),
        pytest.param({"bridged": True, "reserved_until": SOON}, Reason.ON_CALL, id="talking"),
        pytest.param({"reserved_until": SOON}, Reason.RESERVED, id="being offered another call"),
        pytest.param({"resting_until": SOON, "resting_why": "busy"}, Reason.RESTING, id="resting for a second more"),
        pytest.param({"opted_out": True}, Reason.OPTED_OUT, id="texted STOP"),
    ],
)
def test_one_gate_refuses(stated: dict[str, Any], reason: Reason) -> None:
    assert [found.reason for found in assess(agent("ana", **stated), NOW)] == [reason]


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param({}, id="on duty"),
        pytest.param({"reserved_until": JUST_NOW}, id="an offer that ends now"),
        pytest.param({"bridged": True, "reserved_until": JUST_NOW}, id="a talk whose reservation ends now"),
        pytest.param({"resting_until": JUST_NOW, "resting_why": "paused"}, id="a pause that ends now"),
        pytest.param({"leads_on": False}, id="no new leads, calls all the same"),
        pytest.param({"screening": False}, id="a desk phone"),
        pytest.param({"skills": ("spanish",)}, id="more skills than anybody asked for"),
    ],
)
def test_every_gate_lets_pass(stated: dict[str, Any]) -> None:
    assert assess(agent("ana", **stated), NOW) == ()


@pytest.mark.parametrize(
    ("ring", "skills", "reasons"),
    [
        pytest.param(RingRequest(AT, "spanish"), ("spanish", "buyers"), [], id="has the skill"),
        pytest.param(RingRequest(AT, "spanish"), ("buyers",), [Reason.LACKS_SKILL], id="has another skill"),
        pytest.param(RingRequest(AT, "spanish"), (), [Reason.LACKS_SKILL], id="has none"),
        pytest.param(RingRequest(AT, None, ("ana",)), (), [Reason.ALREADY_TRIED], id="was tried in this call"),
        pytest.param(RingRequest(AT, None, ("ben",)), (), [], id="somebody else was tried"),
    ],
)
def test_what_this_ring_asks(ring: RingRequest, skills: tuple[str, ...], reasons: list[Reason]) -> None:
    assert [found.reason for found in assess(agent("ana", skills=skills), ring)] == reasons


def test_every_gate_is_asked_even_after_one_refused() -> None:
    wrong = {"active": False, "verified": False, "calls_on": False, "away_through": date(2026, 11, 16)}
    worse = {"open_now": False, "calling": True, "reserved_until": SOON, "resting_until": SOON, "opted_out": True}
    found = assess(agent("ana", **wrong, **worse), RingRequest(AT, "spanish", ("ana",)))
    assert len(found) == len(GATES)
    assert len({finding.reason for finding in found}) == len(GATES)


def test_a_finding_says_when_it_ends() -> None:
    (found,) = assess(agent("ana", calls_on=False, off_until=SOON), NOW)
    assert found.detail == f"until {SOON.isoformat()}"
