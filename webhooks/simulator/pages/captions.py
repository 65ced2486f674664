"""What does somebody with a phone at their ear hear, and where does their call stand? In words, with names."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from webhooks.simulator.behaviours import GREETING, Voicemail
from webhooks.simulator.legs import Leg

SHOWN_MAX = 40
_SOUNDS = {"play": "Music", "music": "Music", "beep": "Beep", "ringing": "Ringing"}


@dataclass(frozen=True, slots=True)
class Caption:
    """`kind` is said (to them), sound, did (by them) or joined."""

    at: str
    kind: str
    text: str


def captions_of(leg: Leg, name: Callable[[str], str]) -> tuple[Caption, ...]:
    """What was heard, in order, and with whom the leg was joined; music that goes on is one caption."""
    told: list[Caption] = []
    for at, kind, text in sorted((*_did(leg), *_heard(leg), *_joined(leg, name)), key=lambda part: part[0]):
        if not told or (told[-1].kind, told[-1].text) != (kind, text):
            told.append(Caption(elapsed(leg.story.began_at, at), kind, text))
    return tuple(told[-SHOWN_MAX:])


def _heard(leg: Leg) -> Iterator[tuple[datetime, str, str]]:
    for heard in list(leg.story.heard):
        if heard.kind == "say":
            yield heard.at, "said", heard.text
        elif heard.kind != "pause":
            yield heard.at, "sound", _SOUNDS.get(heard.kind, heard.kind.capitalize())


def _did(leg: Leg) -> Iterator[tuple[datetime, str, str]]:
    """A machine does nothing but speak: its greeting is what whoever rang it would hear."""
    if is_machine(leg) and leg.answered_at is not None:
        yield leg.answered_at, "did", f"Voicemail says: “{GREETING}”"
    for act in list(leg.story.did):
        yield act.at, "did", f"{act.said[0].upper()}{act.said[1:]}"


def is_machine(leg: Leg) -> bool:
    return isinstance(leg.behaviour, Voicemail)


def _joined(leg: Leg, name: Callable[[str], str]) -> Iterator[tuple[datetime, str, str]]:
    for spell in list(leg.story.joined):
        yield spell.since, "joined", f"Joined with {name(spell.phone)}"


def elapsed(begin: datetime, at: datetime) -> str:
    minutes, seconds = divmod(max(0, round((at - begin).total_seconds())), 60)
    return f"{minutes}:{seconds:02}"


def partner_of(leg: Leg) -> str | None:
    """The phone at the other end, while they talk."""
    spell = leg.story.joined[-1] if leg.story.joined else None
    return spell.phone if spell is not None and spell.until is None and leg.is_live else None
