"""How long may a first response take, and what does the clock say of one that came, or did not?"""

from datetime import datetime, timedelta

import pytest

from sami.domain.assignment.policy import FirstResponse, Policy
from sami.domain.assignment.sla import (
    SlaClock,
    SlaReading,
    escalates,
    read_clock,
    sla_due_at,
    state_after_response,
    target_of,
)
from sami.domain.leads.stages import SlaState
from tests.support.make import AT as CAME_AT

DUE_AT = CAME_AT + timedelta(minutes=5)
BEFORE_DUE, AFTER_DUE = DUE_AT - timedelta(microseconds=1), DUE_AT + timedelta(microseconds=1)
POLICY = Policy(sla=FirstResponse(minutes=10, sources={"Zillow": 2}))


@pytest.mark.parametrize(
    ("policy", "source", "minutes"),
    [
        pytest.param(None, "Zillow", 5, id="five minutes where nothing was ever published"),
        pytest.param(Policy(), "Zillow", 5, id="five minutes where the policy says nothing"),
        pytest.param(POLICY, "Website", 10, id="what the policy says"),
        pytest.param(POLICY, "Zillow", 2, id="what it says of this source"),
        pytest.param(POLICY, "ZILLOW", 2, id="whatever its case"),
        pytest.param(POLICY, "", 10, id="no source"),
    ],
)
def test_the_target_is_the_sources_own_or_the_policys(policy: Policy | None, source: str, minutes: int) -> None:
    assert target_of(policy, source) == timedelta(minutes=minutes)
    assert sla_due_at(policy, source, CAME_AT) == CAME_AT + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("state", "responded_at", "now", "reading"),
    [
        pytest.param(SlaState.ACTIVE, None, CAME_AT, (SlaState.ACTIVE, None, None), id="just arrived"),
        pytest.param(SlaState.ACTIVE, None, DUE_AT, (SlaState.ACTIVE, None, None), id="at the very instant"),
        pytest.param(SlaState.ACTIVE, None, AFTER_DUE, (SlaState.BREACHED, None, 0), id="a moment later, unseen yet"),
        pytest.param(
            SlaState.BREACHED,
            None,
            DUE_AT + timedelta(minutes=2),
            (SlaState.BREACHED, None, 120),
            id="still waiting: the overrun grows",
        ),
        pytest.param(
            SlaState.MET,
            CAME_AT + timedelta(seconds=31),
            DUE_AT + timedelta(days=1),
            (SlaState.MET, 31, None),
            id="answered after 31 s",
        ),
        pytest.param(SlaState.MET, DUE_AT, DUE_AT, (SlaState.MET, 300, None), id="answered at the very instant"),
        pytest.param(
            SlaState.BREACHED,
            DUE_AT + timedelta(minutes=3),
            DUE_AT + timedelta(days=1),
            (SlaState.BREACHED, 480, 180),
            id="answered three minutes late: the overrun stands still",
        ),
        pytest.param(
            SlaState.BREACHED, BEFORE_DUE, AFTER_DUE, (SlaState.MET, 300, None), id="heard late, and was in time"
        ),
    ],
)
def test_the_clock_reads(
    state: SlaState, responded_at: datetime | None, now: datetime, reading: tuple[SlaState, int | None, int | None]
) -> None:
    clock = SlaClock(state, CAME_AT, DUE_AT, responded_at)
    kind, took_s, overrun_s = reading
    assert read_clock(clock, now) == SlaReading(kind, DUE_AT, took_s, overrun_s)


def test_a_lead_without_a_clock_has_no_reading() -> None:
    assert read_clock(SlaClock(None, CAME_AT), CAME_AT) is None


def test_the_instant_of_the_target_is_in_time() -> None:
    assert state_after_response(DUE_AT, DUE_AT) is SlaState.MET
    assert state_after_response(DUE_AT, AFTER_DUE) is SlaState.BREACHED


@pytest.mark.parametrize(
    ("policy", "does"),
    [
        (None, False),
        (Policy(), False),
        (Policy(sla=FirstResponse(escalate=True)), True),
        (Policy(reassign_on=("state", "sla_breached")), True),
        (Policy(reassign_on=("state",)), False),
    ],
)
def test_a_breach_escalates_where_the_policy_says_so(policy: Policy | None, does: bool) -> None:
    assert escalates(policy) is does
