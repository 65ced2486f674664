"""What does TwiML allow? One table of elements and attributes, and a check for each kind of value.

Left out on purpose, because the network does not play it: whatever is not in the table is refused.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

Check = Callable[[str], str | None]
"""Answers what is wrong with a value, or None."""

E164 = re.compile(r"\+[1-9]\d{6,14}")
QUEUE_NAME_MAX = 64
SAY_MAX = 4096
NUMBERS_MAX = 10
LEG_EVENTS = frozenset({"initiated", "ringing", "answered", "completed"})


def anything(value: str) -> str | None:
    return None if value.strip() else "is empty"


def maybe_empty(_: str) -> str | None:
    return None


def whole(low: int, high: int) -> Check:
    def check(value: str) -> str | None:
        fits = value.isdecimal() and low <= int(value) <= high
        return None if fits else f"must be a whole number from {low} to {high}"

    return check


def one_of(*words: str) -> Check:
    return lambda value: None if value in words else f"must be one of {', '.join(words)}"


def some_of(words: frozenset[str]) -> Check:
    def check(value: str) -> str | None:
        asked = value.split()
        return None if asked and set(asked) <= words else f"must be some of {', '.join(sorted(words))}"

    return check


def url(value: str) -> str | None:
    """Absolute or relative; Twilio calls no host whose name holds an underscore."""
    parts = urlsplit(value)
    if not value or value != value.strip():
        return "is not a URL"
    if parts.scheme not in ("", "http", "https"):
        return "must be http or https"
    return "has an underscore in its host" if "_" in (parts.hostname or "") else None


def seconds_or_auto(value: str) -> str | None:
    return None if value == "auto" else whole(1, 600)(value)


def keys(value: str) -> str | None:
    return None if set(value) <= set("0123456789*#") else "holds something that is no key"


boolean = one_of("true", "false")
# The stand-in posts only: Twilio could GET, but no page of this program answers one.
method = one_of("POST")
loop = whole(0, 1000)
phone: Check = lambda value: None if E164.fullmatch(value) else "is not E.164"  # noqa: E731 - a table entry.

_RECORDING: Mapping[str, Check] = {
    "recordingStatusCallback": url,
    "recordingStatusCallbackMethod": method,
    "recordingStatusCallbackEvent": some_of(frozenset({"in-progress", "completed", "absent"})),
    "trim": one_of("trim-silence", "do-not-trim"),
}

ATTRIBUTES: Mapping[str, Mapping[str, Check]] = {
    "Response": {},
    "Say": {"voice": anything, "language": anything, "loop": loop},
    "Play": {"loop": loop, "digits": anything},
    "Pause": {"length": whole(0, 3600)},
    "Gather": {
        "action": url,
        "method": method,
        "input": one_of("dtmf", "speech", "dtmf speech", "speech dtmf"),
        "timeout": seconds_or_auto,
        "speechTimeout": seconds_or_auto,
        "maxSpeechTime": whole(1, 600),
        "numDigits": whole(1, 100),
        "finishOnKey": keys,
        "language": anything,
        "hints": maybe_empty,
        "profanityFilter": boolean,
        "speechModel": anything,
        "enhanced": boolean,
        "bargeIn": boolean,
        "actionOnEmptyResult": boolean,
        "partialResultCallback": url,
        "partialResultCallbackMethod": method,
    },
    "Dial": {
        "action": url,
        "method": method,
        "timeout": whole(5, 600),
        "timeLimit": whole(1, 86_400),
        "callerId": phone,
        "answerOnBridge": boolean,
        "ringTone": anything,
        "record": one_of(
            "true",
            "false",
            "do-not-record",
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
        ),
        "recordingTrack": one_of("both", "inbound", "outbound"),
        **_RECORDING,
    },
    "Number": {
        "url": url,
        "method": method,
        "sendDigits": anything,
        "statusCallback": url,
        "statusCallbackMethod": method,
        "statusCallbackEvent": some_of(LEG_EVENTS),
        "byoc": anything,
    },
    "Queue": {"url": url, "method": method},
    "Record": {
        "action": url,
        "method": method,
        "timeout": whole(1, 600),
        "finishOnKey": keys,
        "maxLength": whole(1, 14_400),
        "playBeep": boolean,
        "transcribe": boolean,
        "transcribeCallback": url,
        **_RECORDING,
    },
    "Enqueue": {
        "action": url,
        "method": method,
        "waitUrl": url,
        "waitUrlMethod": method,
        "maxQueueSize": whole(1, 5000),
    },
    "Redirect": {"method": method},
    "Reject": {"reason": one_of("rejected", "busy")},
    "Hangup": {},
    "Leave": {},
    "Message": {"to": phone, "from": phone, "action": url, "method": method, "statusCallback": url},
    "Body": {},
    "Media": {},
}

NESTED: Mapping[str, frozenset[str]] = {
    "Gather": frozenset({"Say", "Play", "Pause"}),
    "Dial": frozenset({"Number", "Queue"}),
    "Message": frozenset({"Body", "Media"}),
}

TEXT: Mapping[str, Check] = {
    "Say": lambda text: anything(text) or (f"is over {SAY_MAX} characters" if len(text) > SAY_MAX else None),
    "Number": phone,
    "Queue": lambda text: anything(text) or ("is too long a name" if len(text) > QUEUE_NAME_MAX else None),
    "Enqueue": lambda text: anything(text) or ("is too long a name" if len(text) > QUEUE_NAME_MAX else None),
    "Redirect": url,
    "Dial": lambda text: None if not text else phone(text),
    "Play": lambda text: None if not text else url(text),
    "Message": maybe_empty,
    "Body": maybe_empty,
    "Media": url,
}
