"""What does a recording hold? Silence, as long as what was said, in the two forms that Twilio gives."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from datetime import datetime

HERTZ = 8_000
# MPEG-2.5, layer III, 8 kbit/s, mono: 72 bytes of nothing, which last 72 ms.
_SILENT_FRAME = bytes.fromhex("ffe318c4") + bytes(68)
_FRAME_MS = 72


@dataclass(frozen=True, slots=True)
class Recording:
    sid: str
    url: str
    duration_s: int
    call: str
    source: str
    made_at: datetime


def sound_of(recording: Recording, form: str) -> bytes:
    """`form` is mp3 or wav."""
    if form == "mp3":
        return _SILENT_FRAME * max(1, recording.duration_s * 1_000 // _FRAME_MS)
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HERTZ)
        file.writeframes(bytes(2 * HERTZ * recording.duration_s))
    return written.getvalue()
