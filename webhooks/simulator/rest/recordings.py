"""How does REST describe, give and delete recordings?"""

from __future__ import annotations

import re

from webhooks.simulator.legs import Exchange
from webhooks.simulator.recordings import Recording, sound_of
from webhooks.simulator.rest.shapes import Fields, Json, not_found, page, rfc2822

MediaAnswer = tuple[int, dict[str, str], bytes]

_MEDIA = re.compile(r"/2010-04-01/Accounts/(\w+)/Recordings/(RE\w+)(?:\.(mp3|wav))?")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TYPES = {"mp3": "audio/mpeg", "wav": "audio/x-wav"}


def names_sound(path: str) -> bool:
    return _MEDIA.fullmatch(path) is not None


def give_sound(exchange: Exchange, path: str, range_: str | None) -> MediaAnswer:
    """The sound, or the part of it that was asked for. Without a form it is a WAV, as Twilio's is."""
    found = _MEDIA.fullmatch(path)
    assert found is not None, "asked by whoever knows that it is one"
    form = found[3] or "wav"
    sound = sound_of(find_recording(exchange, path, found[2]), form)
    headers = {"Content-Type": _TYPES[form], "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(range_ or "")
    if asked is None:
        return 200, headers, sound
    first, last = _bounds(asked[1], asked[2], len(sound))
    if first > last:
        return 416, {**headers, "Content-Range": f"bytes */{len(sound)}"}, b""
    return 206, {**headers, "Content-Range": f"bytes {first}-{last}/{len(sound)}"}, sound[first : last + 1]


def list_recordings(exchange: Exchange, path: str, fields: Fields) -> Json:
    """Newest first."""
    found = list(reversed(exchange.recordings.values()))
    return page(path, "recordings", found, lambda recording: shape_recording(exchange, recording), fields)


def find_recording(exchange: Exchange, path: str, sid: str) -> Recording:
    if sid not in exchange.recordings:
        raise not_found(path)
    return exchange.recordings[sid]


def delete_recording(exchange: Exchange, path: str, sid: str) -> None:
    del exchange.recordings[find_recording(exchange, path, sid).sid]


def shape_recording(exchange: Exchange, recording: Recording) -> Json:
    account = exchange.account_sid
    return {
        "sid": recording.sid,
        "account_sid": account,
        "call_sid": recording.call,
        "conference_sid": None,
        "status": "completed",
        "source": recording.source,
        "channels": 1,
        "duration": str(recording.duration_s),
        "date_created": rfc2822(recording.made_at),
        "date_updated": rfc2822(recording.made_at),
        "start_time": rfc2822(recording.made_at),
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "error_code": None,
        "encryption_details": None,
        "media_url": recording.url,
        "uri": f"/2010-04-01/Accounts/{account}/Recordings/{recording.sid}.json",
        "subresource_uris": {},
    }


def _bounds(first: str, last: str, length: int) -> tuple[int, int]:
    if not first:
        return max(0, length - int(last or 0)), length - 1
    return int(first), min(int(last or length), length - 1)
