"""The sound of a recording is read in parts, within a time that ends, and what broke off is seen to be short."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from sami.carriers import recordings
from sami.carriers.recordings import PART_BYTES, RecordingUnavailable, open_recording
from sami.settings.sections import TwilioSettings

ACCOUNT, SID = "AC" + "1" * 32, "RE" + "2" * 32
URL = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.mp3"
LONG = bytes(5 * PART_BYTES)


def settings(**stated: Any) -> TwilioSettings:
    return TwilioSettings.model_validate({"account_sid": ACCOUNT, "auth_tokens": ["made up"], **stated})


@pytest.fixture
def outside() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_a_long_sound_comes_in_parts(outside: responses.RequestsMock) -> None:
    outside.get(URL, body=LONG, content_type="audio/mpeg")
    sound = open_recording(settings(), SID)
    parts = list(sound.parts)
    sound.close()
    assert (len(parts), b"".join(parts)) == (5, LONG)


def test_a_sound_that_takes_too_long_ends_short(
    outside: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.get(URL, body=LONG, content_type="audio/mpeg")
    monkeypatch.setattr(recordings, "WITHIN_S", -1.0)
    sound = open_recording(settings(), SID)
    assert len(b"".join(sound.parts)) == PART_BYTES
    sound.close()


def test_it_is_asked_for_at_the_configured_address_with_our_credentials(outside: responses.RequestsMock) -> None:
    outside.get(re.compile(r"http://127\.0\.0\.1:9/twilio/.*"), body=b"sound")
    sound = open_recording(settings(api_url="http://127.0.0.1:9/twilio/", timeout_s=2), SID, range_="bytes=0-1")
    sound.close()
    [asked] = outside.calls
    assert asked.request.url == f"http://127.0.0.1:9/twilio/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.mp3"
    assert asked.request.headers["Range"] == "bytes=0-1"
    assert asked.request.headers["Authorization"].startswith("Basic ")
    assert asked.request.req_kwargs["timeout"] == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("missing", [{"account_sid": ""}, {"auth_tokens": []}], ids=["no account", "no token"])
def test_without_credentials_nothing_is_asked(missing: dict[str, Any]) -> None:
    with pytest.raises(RecordingUnavailable):
        open_recording(settings(**missing), SID)
