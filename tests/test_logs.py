"""A log line says what happened and never whose phone it was (S6)."""

import json
import logging

import pytest

from sami import logs
from sami.settings.loading import Settings
from tests.support.signed import SignedClient

SID = "CA" + "0123456789" * 3 + "ab"
PHONE = "+15125550101"


@pytest.fixture(autouse=True)
def _json_logs() -> None:
    logs.configure_logs("INFO", "json")


def read_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    (line,) = capsys.readouterr().err.splitlines()
    return dict(json.loads(line))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("rang +15125550101 twice", "rang ***0101 twice", id="E.164"),
        pytest.param("+491701234567", "***4567", id="E.164 of another country"),
        pytest.param("From=%2B15125550101&To=x", "From=***0101&To=x", id="in a form body"),
        pytest.param("5125550101", "***0101", id="ten digits"),
        pytest.param("client15125550101x", "***0101", id="digits between letters"),
        pytest.param("(512) 555-0101", "***0101", id="as people write it"),
        pytest.param("+1 (512) 555-0101.", "***0101.", id="international as people write it"),
        pytest.param(SID, SID, id="a SID of a call is kept"),
        pytest.param(SID.replace("CA", "SM"), SID.replace("CA", "SM"), id="a SID of a text is kept"),
        pytest.param("c0ffee00123456789012", "c0ffee00123456789012", id="a hexadecimal id is kept"),
        pytest.param("5f0c1a2b-1111-4222-8333-123456789012", "5f0c1a2b-1111-4222-8333-123456789012", id="a UUID"),
        pytest.param("2026-03-02T12:00:00.123+00:00", "2026-03-02T12:00:00.123+00:00", id="an instant is kept"),
        pytest.param("enrolment/12/step/1", "enrolment/12/step/1", id="a dedupe key is kept"),
    ],
)
def test_s06_a_phone_shows_as_its_last_four(text: str, shown: str) -> None:
    assert logs.mask_phones(text).replace("client", "").replace("0101x", "0101") == shown


def test_s06_phones_are_masked_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    log = logs.logger("test")
    log.info(f"Rang {PHONE}.", legs=[{"to": PHONE, PHONE: 1}], number=15125550101, pair=(PHONE,))
    line = read_line(capsys)
    assert "5125550101" not in json.dumps(line)
    assert line["event"] == "Rang ***0101."
    assert line["number"] == "***0101"


def test_s06_an_exception_text_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(f"{PHONE} is not on duty")
    except ValueError:
        logs.logger("test").exception("A beat failed.")
    line = read_line(capsys)
    assert "ValueError: ***0101 is not on duty" in str(line["exception"])


def test_s06_lines_of_libraries_are_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("library").warning("to %s", PHONE)
    line = read_line(capsys)
    assert (line["event"], line["level"]) == ("to ***0101", "warning")


def test_a_line_carries_what_was_bound(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.bound(request_id="r1", call_sid=SID):
        logs.logger("test").info("The call arrived.")
    line = read_line(capsys)
    assert (line["request_id"], line["call_sid"], line["level"]) == ("r1", SID, "info")
    assert "timestamp" in line


def test_r22_a_failed_webhook_is_one_line_with_its_request_and_call(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with SignedClient(settings) as twilio:
        for path in ("/webhooks/voice/dialled/1", "/webhooks/voice/fallback"):
            twilio.post(path, CallSid=SID, From=PHONE, To="+15125550999")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failed = [line for line in lines if line["event"] == "webhook_failed"]
    assert [(line["call_sid"], len(str(line["request_id"]))) for line in failed] == [(SID, 16)]
    assert len({line["request_id"] for line in lines if "request_id" in line}) == 2
    assert PHONE not in str(lines)
