"""Where must the carrier announce a line's calls and texts, and what stands there instead?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VOICE, VOICE_FALLBACK = "/webhooks/voice", "/webhooks/voice/fallback"
STATUS, TEXTS = "/webhooks/voice/status", "/webhooks/sms"

Addresses = Mapping[str, str]
"""Each setting of a number by the carrier's own name for it; empty where nothing stands."""

# The words of Twilio's console, and the settings behind them. Where an application or a trunk is named, the addresses
# beside it are ignored, so none may be.
ASPECTS: Mapping[str, tuple[str, ...]] = {
    "A call comes in": ("voice_url", "voice_method", "voice_application_sid", "trunk_sid"),
    "Primary handler fails": ("voice_fallback_url", "voice_fallback_method"),
    "Call status changes": ("status_callback", "status_callback_method"),
    "A message comes in": ("sms_url", "sms_method", "sms_application_sid"),
}
SETTINGS = tuple(setting for settings in ASPECTS.values() for setting in settings)


class LineState(StrEnum):
    """How one of our lines stands at the carrier. Stable: programs read it."""

    CONNECTED = "connected"
    NOT_CONNECTED = "not_connected"
    """Its addresses were never written by us, and lead elsewhere."""
    DRIFTED = "drifted"
    """They were written by us, and somebody changed one since."""
    UNKNOWN_THERE = "unknown_there"
    """The organisation has it, the account does not."""
    UNKNOWN_HERE = "unknown_here"
    """The account has it, the organisation does not."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One of a number's four addresses: what stands there and what should. `why` names what is wrong, else empty."""

    name: str
    stands: str
    wanted: str
    why: str = ""

    @property
    def ok(self) -> bool:
        return not self.why


def wanted_addresses(public_url: str) -> dict[str, str]:
    return {
        "voice_url": public_url + VOICE,
        "voice_method": "POST",
        "voice_application_sid": "",
        "trunk_sid": "",
        "voice_fallback_url": public_url + VOICE_FALLBACK,
        "voice_fallback_method": "POST",
        "status_callback": public_url + STATUS,
        "status_callback_method": "POST",
        "sms_url": public_url + TEXTS,
        "sms_method": "POST",
        "sms_application_sid": "",
    }


def compare_addresses(stands: Addresses, wanted: Addresses) -> tuple[Aspect, ...]:
    return tuple(_aspect(name, settings, stands, wanted) for name, settings in ASPECTS.items())


def state_of(aspects: tuple[Aspect, ...], *, written_by_us: bool) -> LineState:
    if all(aspect.ok for aspect in aspects):
        return LineState.CONNECTED
    return LineState.DRIFTED if written_by_us else LineState.NOT_CONNECTED


def _aspect(name: str, settings: tuple[str, ...], stands: Addresses, wanted: Addresses) -> Aspect:
    address, method, *others = settings
    here = stands.get(address, "")
    named = next((stands[other] for other in others if stands.get(other)), "")
    # What follows # is an order to the carrier how often to try again: it is neither sent nor signed.
    if named:
        why = f"{named} stands in the place of an address"
    elif here.partition("#")[0] != wanted[address]:
        why = f"{here} stands there" if here else "no address stands there"
    elif stands.get(method, "POST") != wanted[method]:
        why = f"it is asked by {stands.get(method)}, not by POST"
    else:
        why = ""
    return Aspect(name, here, wanted[address], why)
