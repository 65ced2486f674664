"""Is this TwiML what Twilio's pages allow and our promises ask? Written from those pages, not from the phone network.

Two readers of one document: the network plays only what its grammar knows, and this one never saw that grammar.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

BYTES_MAX = 64 * 1024
NUMBERS_MAX = 10
WAIT_MAX_S = 5
PROMPT_MAX_S = 6
CHARACTERS_PER_S = 14
OUR_TUNE = "/webhooks/hold.wav"
OUR_TUNE_S = 4

_CALLBACK = "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
_KEYS = re.compile(r"(?:Press|Oprima) 1")
KNOWN: dict[str, set[str]] = {
    verb: set(attributes.split())
    for verb, attributes in {
        "Response": "",
        "Say": "voice language loop",
        "Play": "loop digits",
        "Pause": "length",
        "Gather": "action method input timeout speechTimeout maxSpeechTime numDigits finishOnKey language hints "
        "profanityFilter speechModel enhanced bargeIn actionOnEmptyResult partialResultCallback "
        "partialResultCallbackMethod dtmfDetection debug",
        "Dial": "action method timeout timeLimit callerId hangupOnStar answerOnBridge ringTone record recordingTrack "
        f"trim sequential referUrl referMethod {_CALLBACK}",
        "Number": "url method sendDigits statusCallback statusCallbackMethod statusCallbackEvent byoc",
        "Queue": "url method reservationSid postWorkActivitySid",
        "Enqueue": "action method waitUrl waitUrlMethod maxQueueSize workflowSid",
        "Record": "action method timeout finishOnKey maxLength playBeep trim transcribe transcribeCallback "
        f"{_CALLBACK}",
        "Redirect": "method",
        "Reject": "reason",
        "Hangup": "",
        "Leave": "",
        "Message": "to from action method statusCallback",
        "Body": "",
        "Media": "",
    }.items()
}
INSIDE = {"Gather": {"Say", "Play", "Pause"}, "Dial": {"Number", "Queue"}, "Message": {"Body", "Media"}}
ADDRESSES = {"action", "url", "waitUrl", "statusCallback", "recordingStatusCallback", "partialResultCallback"}

# What a document that runs out does: ends the caller's call in silence, joins a called leg.
_SCREEN = re.compile(r"/webhooks/voice/(leg/[^/]+|safety/confirm(/[^/]+)?)")
_KEY_AGAIN = re.compile(r"/webhooks/voice/leg/[^/]+/key(/\d+)?")
_LEG_ANSWER = re.compile(r"/webhooks/voice/(leg/[^/]+/(key(/\d+)?|parted|called|result)|safety/confirmed(/[^/]+)?)")
_WAITING = re.compile(r"/webhooks/voice/(wait/\d+|queue/\d+/key)")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def broken_rules(path: str, body: bytes, public_url: str) -> list[str]:
    """What is wrong with this answer of ours, in sentences that name the path; an empty answer is no TwiML."""
    if not body:
        return []
    if len(body) >= BYTES_MAX:
        return [f"{path}: is {len(body)} bytes long"]
    root = ElementTree.fromstring(body)  # noqa: S314 - our own answer, within 64 KiB.
    if root.tag != "Response":
        return [f"{path}: begins with <{root.tag}>"]
    found = [*_spelling(root, public_url), *_ending(path, list(root))]
    if _WAITING.fullmatch(path):
        found += _waiting(root, public_url)
    return [f"{path}: {wrong}" for wrong in found]


def _spelling(element: Element, public_url: str) -> Iterator[str]:
    name = element.tag
    if name not in KNOWN:
        yield f"<{name}> is no element of Twilio's"
        return
    for attribute, value in element.attrib.items():
        if attribute not in KNOWN[name]:
            yield f"<{name}> has no attribute {attribute}"
        if attribute in ADDRESSES and not value.startswith(public_url + "/"):
            yield f"{attribute}={value} is not an address of ours"
    yield from _values(element)
    for child in element:
        if name != "Response" and child.tag not in INSIDE.get(name, set()):
            yield f"<{child.tag}> stands in <{name}>"
        yield from _spelling(child, public_url)


NEEDS = {
    "Gather": {"action"},
    "Dial": {"action"},
    "Enqueue": {"action", "waitUrl"},
    "Record": {"action", "recordingStatusCallback"},
}
TEXTS = {
    "Number": lambda text: _E164.fullmatch(text),
    "Queue": lambda text: 0 < len(text) <= 64,
    "Enqueue": lambda text: 0 < len(text) <= 64,
    "Say": lambda text: 0 < len(text) <= 4096,
    "Redirect": lambda text: text.startswith("https://"),
}


def _values(element: Element) -> Iterator[str]:
    for missing in sorted(NEEDS.get(element.tag, set()) - set(element.keys())):
        yield f"<{element.tag}> without {missing} comes back to its own page, or goes nowhere"
    text = (element.text or "").strip()
    if element.tag in TEXTS and not TEXTS[element.tag](text):
        yield f"<{element.tag}> holds {text[:40]!r}"
    if element.tag == "Gather":
        yield from _seconds(element, "timeout", 1, 600)
    if element.tag == "Dial":
        yield from _dial(element)


def _dial(dial: Element) -> Iterator[str]:
    if not 0 < len(dial) <= NUMBERS_MAX:
        yield f"<Dial> rings {len(dial)} phones"
    yield from _seconds(dial, "timeout", 5, 600)
    shown = dial.get("callerId")
    if shown is not None and not _E164.fullmatch(shown):
        yield f"callerId={shown} is not E.164"
    screened = {number.get("url") is not None for number in dial if number.tag == "Number"}
    if True in screened and len(dial) > 1:
        yield "one <Dial> with several screened phones is won by the first voicemail to pick up"


def _seconds(element: Element, attribute: str, low: int, high: int) -> Iterator[str]:
    value = element.get(attribute)
    if value is None or value == "auto":
        return
    if not value.isdecimal() or not low <= int(value) <= high:
        yield f"<{element.tag} {attribute}={value}> is not from {low} to {high}"


def _ending(path: str, verbs: list[Element]) -> Iterator[str]:
    names = [verb.tag for verb in verbs]
    if (_SCREEN.fullmatch(path) or _KEY_AGAIN.fullmatch(path)) and "Gather" in names:
        yield from _screen(verbs)
    elif _SCREEN.fullmatch(path) or _LEG_ANSWER.fullmatch(path):
        # Words alone are the acceptance of a key that was pressed; without a single verb nobody decided that.
        if not names:
            yield "an empty document joins the caller to whatever picked up"
    elif _WAITING.fullmatch(path):
        if not names:
            yield "an empty wait document is asked for again at once"
    elif names and names[-1] in {"Say", "Gather", "Play", "Pause", "Record"}:
        yield f"the call ends in silence after <{names[-1]}>"
    elif not names and path.startswith("/webhooks/voice"):
        yield "an empty document ends the call in silence"


def _screen(verbs: list[Element]) -> Iterator[str]:
    if verbs[-1].tag != "Hangup":
        yield "a screen that does not end in <Hangup/> joins a voicemail"
    prompt = "".join(say.text or "" for gather in verbs for say in gather if gather.tag == "Gather")
    who_and_why = _KEYS.split(prompt)[0]
    if len(who_and_why) > PROMPT_MAX_S * CHARACTERS_PER_S:
        yield f"who calls and why lasts {len(who_and_why) / CHARACTERS_PER_S:.1f} s: {prompt}"
    if verbs[0].tag != "Gather":
        yield "a key counts only from the second sentence"


def _waiting(root: Element, public_url: str) -> Iterator[str]:
    """The admin's own hold music may be longer: the caller is fetched out of it."""
    seconds = 0.0
    for element in root.iter():
        match element.tag:
            case "Say":
                seconds += len(element.text or "") / CHARACTERS_PER_S
            case "Pause":
                seconds += float(element.get("length", "1"))
            case "Gather":
                seconds += float(element.get("timeout", "5"))
            case "Play" if (element.text or "").startswith(public_url):
                if urlsplit(element.text or "").path != OUR_TUNE:
                    yield f"plays {element.text}, whose length nobody knows"
                seconds += OUR_TUNE_S
    if seconds > WAIT_MAX_S:
        yield f"lasts {seconds:g} s"
