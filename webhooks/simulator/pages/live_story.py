"""What happens in a call, as it happens: every phone's part in one order of time, in plain words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from webhooks.simulator.exchange import Text
from webhooks.simulator.legs import Leg
from webhooks.simulator.network import Network
from webhooks.simulator.pages.captions import elapsed, is_machine
from webhooks.simulator.story import Ring

Name = Callable[[str], str]
_Told = tuple[datetime, str]

_RING_ENDS: Mapping[str, str] = {
    "answered": "picks up",
    "busy": "is busy",
    "no-answer": "rang out",
    "canceled": "stops ringing",
    "failed": "cannot be reached",
}


@dataclass(frozen=True, slots=True)
class Line:
    at: str
    said: str


def story_of(network: Network, caller: Leg, name: Name) -> tuple[Line, ...]:
    """From the first word the caller hears to the last text the call causes."""
    began = caller.story.began_at
    told = [
        *_caller_part(caller, name),
        *(part for ring in list(network.rings) if ring.started_at >= began for part in _ring_part(network, ring, name)),
        *_texts_part([text for text in network.texts if text.at >= began], name),
    ]
    return tuple(Line(elapsed(began, at), said) for at, said in sorted(told, key=lambda part: part[0]))


def _caller_part(caller: Leg, name: Name) -> Iterator[_Told]:
    for heard in list(caller.story.heard):
        if heard.kind == "say":
            yield heard.at, f"The caller hears: “{heard.text}”"
    for act in list(caller.story.did):
        yield act.at, f"The caller {act.said}"
    for talk in list(caller.story.joined):
        yield talk.since, f"The caller talks with {name(talk.phone)}"
        if talk.until is not None:
            yield talk.until, f"{name(talk.phone)} and the caller part"
    if caller.ended_at is not None:
        yield caller.ended_at, "The call ends"


def _texts_part(texts: list[Text], name: Name) -> Iterator[_Told]:
    """One line where a group gets the same words; answers to what agents text belong to no call."""
    said: dict[str, list[Text]] = {}
    for text in texts:
        if text.direction == "outbound-api":
            said.setdefault(text.body, []).append(text)
    for body, same in said.items():
        yield same[0].at, f"Text to {', '.join(name(text.to) for text in same)}: {body}"


def _ring_part(network: Network, ring: Ring, name: Name) -> Iterator[_Told]:
    who, leg = name(ring.phone), network.legs.get(ring.leg_sid)
    if ring.ended_at == ring.started_at:
        yield ring.started_at, f"{who} {_RING_ENDS.get(ring.result, ring.result)}"
        return
    yield ring.started_at, f"{who}’s phone rings"
    if ring.ended_at is not None:
        by_machine = leg is not None and ring.result == "answered" and is_machine(leg)
        ended = "’s voicemail picks up" if by_machine else f" {_RING_ENDS.get(ring.result, ring.result)}"
        yield ring.ended_at, f"{who}{ended}"
    if leg is not None:
        yield from ((act.at, f"{who} {act.said}") for act in list(leg.story.did))
