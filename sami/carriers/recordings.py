"""The sound of a recording, read from Twilio with our credentials as it comes: it is never whole in memory.

Asked at `twilio.api_url` alone: the address that Twilio once told of a recording names it, and is not followed; neither
is a redirection.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from sami import clock
from sami.errors import SamiError
from sami.settings.sections import TwilioSettings

PART_BYTES = 64 * 1024
WITHIN_S = 30.0
"""For all of it: whoever is slower than this to give or to take it gets no more."""

_PASSED_ON = ("Content-Type", "Content-Length", "Content-Range")


class RecordingGone(SamiError):
    """Twilio has this recording no longer."""

    code = "recording_gone"
    status = 404


class RecordingUnavailable(SamiError):
    """Twilio did not give the recording. Ask again in a moment; if that does not help, ask `sami doctor`."""

    code = "recording_unavailable"
    status = 502


class RangeRefused(SamiError):
    """The recording has no such range."""

    code = "range_not_satisfiable"
    status = 416


@dataclass(frozen=True, slots=True)
class Sound:
    """`status` is 200 or 206; whoever has read the parts, or wants no more of them, closes it."""

    status: int
    headers: Mapping[str, str]
    parts: Iterator[bytes]
    close: Callable[[], None]


def open_recording(settings: TwilioSettings, sid: str, *, range_: str | None = None) -> Sound:
    """Raises RecordingGone, RangeRefused or RecordingUnavailable."""
    if not settings.account_sid or not settings.auth_tokens:
        raise RecordingUnavailable("twilio.account_sid and twilio.auth_tokens are not set.")
    ends_at = clock.monotonic() + WITHIN_S
    session = requests.Session()
    try:
        response = session.get(
            f"{settings.api_url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}/Recordings/{sid}.mp3",
            auth=(settings.account_sid, settings.auth_tokens[0].get_secret_value()),
            headers={"Accept-Encoding": "identity", **({"Range": range_} if range_ else {})},
            timeout=settings.timeout_s,
            stream=True,
            allow_redirects=False,
        )
    except requests.RequestException:
        session.close()
        raise RecordingUnavailable("It could not be reached, or did not answer in time.") from None
    if response.status_code not in (200, 206):
        session.close()
        raise _refusal(response.status_code)
    headers = {name: response.headers[name] for name in _PASSED_ON if name in response.headers}
    return Sound(response.status_code, {**headers, "Accept-Ranges": "bytes"}, _parts(response, ends_at), session.close)


def _refusal(status: int) -> SamiError:
    match status:
        case 404:
            return RecordingGone()
        case 416:
            return RangeRefused()
        case _:
            return RecordingUnavailable(f"It answered {status}.")


def _parts(response: requests.Response, ends_at: float) -> Iterator[bytes]:
    """What breaks off here is shorter than was promised, which whoever reads it sees."""
    try:
        for part in response.iter_content(PART_BYTES):
            yield part
            if clock.monotonic() > ends_at:
                return
    except (requests.RequestException, HTTPError):
        return
