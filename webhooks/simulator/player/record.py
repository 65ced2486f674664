"""How is a message recorded? From the beep until silence, a key, the limit, or the caller leaving."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from webhooks.simulator.legs import Departed, Leg, Scene
from webhooks.simulator.player.gather import CHARACTERS_PER_S
from webhooks.simulator.player.player_loop import Page, request_unheeded
from webhooks.simulator.recordings import Recording
from webhooks.simulator.signals import Goto, KeyPressed, Spoke
from webhooks.simulator.twiml.document import Element

FILE_READY_S = 2.0
ANY_KEY = "1234567890*#"
MAX_LENGTH_S = 3600


def record(leg: Leg, verb: Element, page: Page) -> Scene[Goto | None]:
    """Silence alone goes on to the next verb; anything recorded is handed to the action."""
    if verb.is_set("playBeep", True):
        leg.hears("beep", "")
    beep_at = leg.now
    try:
        key, spoken_until = yield from _listen_to_message(leg, verb)
    except Departed:
        form = _form(leg, verb, page, _seconds(beep_at, leg.now), "hangup")
        request_unheeded(leg, page.action(verb), form)
        raise
    if spoken_until <= beep_at:
        return None
    end = leg.now if key else min(leg.now, spoken_until)
    return Goto(page.action(verb), _form(leg, verb, page, _seconds(beep_at, end), key))


def _listen_to_message(leg: Leg, verb: Element) -> Scene[tuple[str, datetime]]:
    """The key that ended it, if one did, and until when the caller spoke."""
    silence = timedelta(seconds=verb.whole("timeout", 5))
    limit = leg.now + timedelta(seconds=verb.whole("maxLength", MAX_LENGTH_S))
    spoken_until = leg.now + timedelta(seconds=leg.person.is_recorded(leg))
    while leg.now < (until := min(limit, spoken_until + silence)):
        match (yield from leg.listen(until)):
            case KeyPressed(key) if key in verb.get("finishOnKey", ANY_KEY):
                return key, max(spoken_until, leg.now)
            case Spoke(text):
                spoken_until = leg.now + timedelta(seconds=max(1.0, len(text) / CHARACTERS_PER_S))
    return "", spoken_until


def _form(leg: Leg, verb: Element, page: Page, seconds: int, digits: str) -> tuple[tuple[str, str], ...]:
    recording = file_recording(leg, verb, page, seconds, "RecordVerb")
    form = (
        ("RecordingUrl", recording.url),
        ("RecordingSid", recording.sid),
        ("RecordingDuration", str(recording.duration_s)),
    )
    return (*form, ("Digits", digits)) if digits else form


def _seconds(start: datetime, end: datetime) -> int:
    return max(1, round((end - start).total_seconds()))


def file_recording(leg: Leg, verb: Element, page: Page, seconds: int, source: str) -> Recording:
    """The file exists a little later than the action hears of it: that is what the callback is for."""
    exchange = leg.exchange
    sid = exchange.sid("RE")
    url = f"https://api.twilio.com/2010-04-01/Accounts/{exchange.account_sid}/Recordings/{sid}"
    form = [
        ("AccountSid", exchange.account_sid),
        ("CallSid", leg.sid),
        ("RecordingSid", sid),
        ("RecordingUrl", url),
        ("RecordingStatus", "completed"),
        ("RecordingDuration", str(seconds)),
        ("RecordingChannels", "1"),
        ("RecordingStartTime", format_datetime(leg.now - timedelta(seconds=seconds))),
        ("RecordingSource", source),
    ]
    callback = page.link(verb.find("recordingStatusCallback"))
    leg.timeline.after(FILE_READY_S, lambda: exchange.posting.notify(callback, form))
    leg.story.tell(leg.now, f"a recording of {seconds} s is kept")
    exchange.recordings[sid] = Recording(sid, url, seconds, leg.sid, source, leg.now)
    return exchange.recordings[sid]
