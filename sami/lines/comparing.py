"""How does each of our lines stand at Twilio, and which numbers of the account are no line of ours?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sami.carriers.twilio_account import Number
from sami.domain.organisation.document import Line
from sami.domain.organisation.line_addresses import (
    Aspect,
    LineState,
    compare_addresses,
    state_of,
    wanted_addresses,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One line. `number_sid` is Twilio's name for it, None where the account has no such number."""

    phone: str
    name: str
    bot: str | None
    state: LineState
    number_sid: str | None = None
    aspects: tuple[Aspect, ...] = ()
    written_by_us: bool = False

    @property
    def drifted(self) -> bool:
        """Whether a call or text of it may end elsewhere although it was connected once."""
        return self.state is LineState.DRIFTED or (self.state is LineState.UNKNOWN_THERE and self.written_by_us)

    def __str__(self) -> str:
        """As a sentence."""
        match self.state:
            case LineState.CONNECTED:
                return f"{self.phone} is connected."
            case LineState.UNKNOWN_THERE:
                return f"{self.phone} is no number of the Twilio account."
            case LineState.UNKNOWN_HERE:
                return f"{self.phone} is a number of the Twilio account and no line of the organisation."
        wrong = "; ".join(f"{aspect.name}: {aspect.why}" for aspect in self.aspects if not aspect.ok)
        was = "is not connected" if self.state is LineState.NOT_CONNECTED else "was changed in Twilio"
        return f"{self.phone} {was} ({wrong})."


def compare_lines(
    lines: Iterable[Line], numbers: Iterable[Number], connected: Mapping[str, Any], public_url: str
) -> list[Standing]:
    """Ours first, in the order of the file. `connected` has the phones whose addresses we wrote."""
    wanted, there = wanted_addresses(public_url), {number.phone: number for number in numbers}
    ours = [_standing(line, there.get(line.phone), line.phone in connected, wanted) for line in lines]
    known = {standing.phone for standing in ours}
    others = [
        Standing(phone, "", None, LineState.UNKNOWN_HERE, number.sid, written_by_us=phone in connected)
        for phone, number in there.items()
        if phone not in known
    ]
    return [*ours, *others]


def _standing(line: Line, number: Number | None, written_by_us: bool, wanted: Mapping[str, str]) -> Standing:
    if number is None:
        return Standing(line.phone, line.name, line.bot, LineState.UNKNOWN_THERE, written_by_us=written_by_us)
    aspects = compare_addresses(number.addresses, wanted)
    state = state_of(aspects, written_by_us=written_by_us)
    return Standing(line.phone, line.name, line.bot, state, number.sid, aspects, written_by_us)
