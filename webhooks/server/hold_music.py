"""The tune of a caller on hold where the admin set none: four seconds, so that waiting is asked about often."""

import io
import math
import struct
import wave
from functools import lru_cache

RATE_HZ = 8000  # What a telephone line carries.
SECONDS = 4
LOUDNESS = 0.16
# A slow broken chord, one note in half a second; hertz.
NOTES_HZ = (261.63, 329.63, 392.00, 523.25, 392.00, 329.63, 293.66, 246.94)


@lru_cache(maxsize=1)
def tune() -> bytes:
    """A WAV file of 16-bit mono samples."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        samples = (_sample(number) for number in range(RATE_HZ * SECONDS))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


def _sample(number: int) -> int:
    per_note = RATE_HZ * SECONDS // len(NOTES_HZ)
    note, within = divmod(number, per_note)
    seconds = within / RATE_HZ
    # Each note swells for 40 ms and fades out, so that neither notes nor the loop click.
    envelope = min(1.0, seconds / 0.04) * math.exp(-3.0 * seconds) * min(1.0, (per_note - within) / 200)
    wave_at = math.sin(2 * math.pi * NOTES_HZ[note] * seconds) + 0.3 * math.sin(4 * math.pi * NOTES_HZ[note] * seconds)
    return int(32767 * LOUDNESS * envelope * wave_at)
