"""What does somebody with a phone at their ear hear, and where does their call stand? In words, with names."""

from dataclasses import dataclass
from datetime import datetime

from webhooks.phone_network.legs import Leg
from webhooks.phone_network.story import Heard

SHOWN_MAX = 40
_SOUNDS = {"play": "Music", "music": "Music", "beep": "Beep", "ringing": "Ringing"}


@dataclass(frozen=True, slots=True)
class Caption:
    """`kind` is said or sound."""

    at: str
    kind: str
    text: str


def captions_of(leg: Leg) -> tuple[Caption, ...]:
    """What was heard, in order; music that goes on is one caption."""
    told: list[Caption] = []
    for heard in list(leg.story.heard):
        caption = _caption(leg, heard)
        if caption is not None and (not told or (told[-1].kind, told[-1].text) != (caption.kind, caption.text)):
            told.append(caption)
    return tuple(told[-SHOWN_MAX:])


def _caption(leg: Leg, heard: Heard) -> Caption | None:
    if heard.kind == "pause":
        return None
    said = heard.kind == "say"
    text = heard.text if said else _SOUNDS.get(heard.kind, heard.kind.capitalize())
    return Caption(elapsed(leg.story.began_at, heard.at), "said" if said else "sound", text)


def elapsed(begin: datetime, at: datetime) -> str:
    minutes, seconds = divmod(max(0, round((at - begin).total_seconds())), 60)
    return f"{minutes}:{seconds:02}"


def partner_of(leg: Leg) -> str | None:
    """The phone at the other end, while they talk."""
    spell = leg.story.joined[-1] if leg.story.joined else None
    return spell.phone if spell is not None and spell.until is None and leg.is_live else None
