"""How a rung phone ended, in one word, from whatever is known of it."""

from dataclasses import replace
from itertools import product

import pytest

from sami.domain.agents.attempt_end import MISSES, AttemptEnd
from sami.domain.calls.attempts import SILENCE, Evidence, end_of
from sami.domain.delivery.carrier_words import CallStatus

RANG = Evidence(screened=True, picked_up=False, accepted=False)
PICKED = replace(RANG, picked_up=True, asked=True)
DESK = replace(RANG, screened=False)


@pytest.mark.parametrize(
    ("evidence", "word"),
    [
        pytest.param(replace(PICKED, accepted=True, bridged=True), AttemptEnd.ACCEPTED, id="pressed 1 and joined"),
        pytest.param(replace(DESK, picked_up=True, bridged=True), AttemptEnd.ACCEPTED, id="a desk phone joined"),
        pytest.param(replace(PICKED, bridged=True), AttemptEnd.ERROR, id="joined, and nobody pressed 1"),
        pytest.param(
            replace(PICKED, accepted=True, bridged=False, leg_status=CallStatus.COMPLETED),
            AttemptEnd.LOST_AFTER_ACCEPT,
            id="pressed 1, never joined",
        ),
        pytest.param(replace(PICKED, pressed="2", bridged=False), AttemptEnd.DECLINED, id="pressed 2"),
        pytest.param(replace(PICKED, pressed="3"), AttemptEnd.SNOOZED, id="pressed 3"),
        pytest.param(replace(PICKED, pressed="1"), AttemptEnd.LOST_RACE, id="pressed 1 too late"),
        pytest.param(replace(RANG, taken_by_another=True), AttemptEnd.LOST_RACE, id="let go while ringing"),
        pytest.param(
            replace(RANG, taken_by_another=True, leg_status=CallStatus.CANCELED),
            AttemptEnd.LOST_RACE,
            id="let go and canceled",
        ),
        pytest.param(
            replace(RANG, taken_by_another=True, leg_status=CallStatus.BUSY),
            AttemptEnd.BUSY,
            id="busy before another took it",
        ),
        pytest.param(
            replace(PICKED, pressed=SILENCE, bridged=False, leg_status=CallStatus.COMPLETED),
            AttemptEnd.NO_KEY,
            id="ten seconds without a key",
        ),
        pytest.param(
            replace(RANG, asked=True, pressed=SILENCE, leg_status=CallStatus.COMPLETED),
            AttemptEnd.NO_KEY,
            id="silent, and its pick-up unheard",
        ),
        pytest.param(
            replace(PICKED, bridged=False, leg_status=CallStatus.COMPLETED),
            AttemptEnd.UNKNOWN,
            id="gone, and neither a key nor silence was heard of",
        ),
        pytest.param(
            replace(PICKED, asked=False, leg_status=CallStatus.COMPLETED),
            AttemptEnd.ERROR,
            id="picked up, and never asked",
        ),
        pytest.param(replace(RANG, leg_status=CallStatus.COMPLETED), AttemptEnd.ERROR, id="completed, and never asked"),
        pytest.param(
            replace(PICKED, pressed="9", leg_status=CallStatus.COMPLETED),
            AttemptEnd.DECLINED,
            id="a key that means nothing",
        ),
        pytest.param(
            replace(PICKED, pressed="9", caller_left=True), AttemptEnd.CALLER_LEFT, id="a wrong key, and they left"
        ),
        pytest.param(replace(RANG, leg_status=CallStatus.NO_ANSWER), AttemptEnd.RANG_OUT, id="nobody picked up"),
        pytest.param(
            replace(RANG, leg_status=CallStatus.CANCELED), AttemptEnd.RANG_OUT, id="canceled when its time was up"
        ),
        pytest.param(replace(RANG, leg_status=CallStatus.BUSY), AttemptEnd.BUSY, id="busy"),
        pytest.param(replace(RANG, caller_left=True), AttemptEnd.CALLER_LEFT, id="the caller left while it rang"),
        pytest.param(
            replace(PICKED, caller_left=True, leg_status=CallStatus.COMPLETED),
            AttemptEnd.CALLER_LEFT,
            id="the caller left in the screen",
        ),
        pytest.param(
            replace(RANG, caller_left=True, leg_status=CallStatus.NO_ANSWER),
            AttemptEnd.RANG_OUT,
            id="rang out before they left",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=13224),
            AttemptEnd.INVALID_NUMBER,
            id="no such number",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=21211),
            AttemptEnd.INVALID_NUMBER,
            id="refused as a number",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=13225), AttemptEnd.BLOCKED_BY_CARRIER, id="blocked"
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=13227),
            AttemptEnd.BLOCKED_BY_CARRIER,
            id="a country that our account may not call",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=404),
            AttemptEnd.INVALID_NUMBER,
            id="SIP knows no such number",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=603), AttemptEnd.BLOCKED_BY_CARRIER, id="declined"
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=13214),
            AttemptEnd.ERROR,
            id="a caller id that is not ours",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED, error_code=30006),
            AttemptEnd.UNREACHABLE,
            id="a code about texts",
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.FAILED), AttemptEnd.UNREACHABLE, id="failed for no known reason"
        ),
        pytest.param(
            replace(RANG, leg_status=CallStatus.NOT_CREATED), AttemptEnd.ERROR, id="never made: a fault of ours"
        ),
        pytest.param(RANG, AttemptEnd.UNKNOWN, id="nothing was ever heard"),
        pytest.param(
            replace(DESK, leg_status=CallStatus.COMPLETED, bridged=False),
            AttemptEnd.UNKNOWN,
            id="a desk phone, not joined",
        ),
    ],
)
def test_the_word(evidence: Evidence, word: AttemptEnd) -> None:
    assert end_of(evidence) is word


def test_a_miss_is_a_phone_that_rang_and_was_not_taken() -> None:
    assert {"rang_out", "no_key"} == MISSES


def test_no_evidence_of_a_screened_phone_is_accepted_without_key_and_bridge() -> None:
    statuses = (None, *CallStatus)
    truths = (False, True)
    for picked, accepted, bridged, left, taken in product(truths, truths, (None, False, True), truths, truths):
        for status, pressed in product(statuses, (None, "1", "2", "3")):
            word = end_of(Evidence(True, picked, accepted, pressed, bridged, status, None, left, taken))
            assert (word is AttemptEnd.ACCEPTED) == (accepted and bridged is True)
