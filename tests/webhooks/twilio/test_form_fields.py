"""Twilio's words at the door: what nobody knows yet is unknown and logged, and what it may mean is the safe thing."""

import logging

import pytest
from werkzeug.datastructures import MultiDict

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.attempts import Evidence, end_of
from sami.domain.delivery.carrier_words import CallStatus, MessageStatus, QueueResult
from tests.support.services import NOON
from webhooks.twilio import form_fields


def form(**fields: str) -> form_fields.Form:
    return MultiDict(fields)


def test_an_unknown_word_is_logged_and_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert form_fields.leg_report(form(CallStatus="dreaming"), NOON).status is CallStatus.UNKNOWN
    assert [record.message for record in caplog.records] == ["unknown_word"]


def test_a_call_in_an_unknown_state_still_has_its_caller() -> None:
    assert not form_fields.caller_left(form(CallStatus="dreaming"))


def test_a_dial_that_ended_in_an_unknown_way_counts_against_nobody() -> None:
    report = form_fields.dial_report(form(DialCallStatus="dreaming", CallStatus="in-progress"))
    assert not report.was_picked_up
    rung = Evidence(screened=True, picked_up=False, accepted=False, bridged=False, leg_status=report.status)
    assert end_of(rung) is AttemptEnd.UNKNOWN


def test_whoever_left_the_queue_in_an_unknown_way_is_rung_on() -> None:
    ended = form_fields.queue_ended(form(QueueResult="dreaming", CallStatus="in-progress"), 1)
    assert (ended.result, ended.caller_left) == (QueueResult.UNKNOWN, False)


@pytest.mark.parametrize(("said", "status"), [("initiated", CallStatus.QUEUED), ("answered", CallStatus.IN_PROGRESS)])
def test_what_the_events_of_a_leg_call_otherwise_is_the_same(said: str, status: CallStatus) -> None:
    assert form_fields.leg_report(form(CallStatus=said), NOON).status is status


def test_what_is_not_said_is_not_unknown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert form_fields.dial_report(form()).status is None
        assert form_fields.answered_by(form(AnsweredBy="")) is None
        assert form_fields.opt_out_type(form()) is None
        assert form_fields.message_status(form(MessageStatus="unknown")) is MessageStatus.UNKNOWN
    assert caplog.records == []
