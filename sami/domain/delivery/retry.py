"""What does the carrier's answer mean for the thing we wanted carried? Values in, one decision out.

Only what certainly did not happen, or may happen twice without harm, is tried again (R6, R13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sami.domain.delivery.answers import Accepted, Answer, Kind, Lost, Refused, TryLater, Unreached, why_not
from sami.domain.delivery.carrier_codes import AUTHENTICATION, Meaning, meaning_for_call, meaning_for_text


@dataclass(frozen=True, slots=True)
class Sent:
    """Done, or no longer needed."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Never tried again. `meaning` says what else becomes true: a bad number, an opt-out, a person who must look."""

    why: str
    meaning: Meaning = Meaning.OTHER
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Carried, perhaps: it is looked up before anything else."""

    why: str


@dataclass(frozen=True, slots=True)
class StopSender:
    """A configuration fault that fails everything alike: nothing else is tried until then, and an admin must act."""

    at: datetime
    why: str


DeliveryDecision = Sent | TryAgain | GivenUp | Unknown | StopSender


@dataclass(frozen=True, slots=True)
class Sending:
    """One try to carry something. `tries` counts this one; past `gives_up_at` it has no more sense.

    `key` tells equal things apart, so that what failed together is not tried again in the same instant.
    """

    kind: Kind
    tries: int
    at: datetime
    gives_up_at: datetime
    key: str = ""


LATER_S = (30, 120, 600)  # A text, or a queue to delete, that certainly did not arrive.
SOON_S = (1, 2, 5, 10, 30)  # A caller or an agent is waiting for it.
LEG_AGAIN_S = 1
BUSY_MAX_S = 240
# As Standard Webhooks proposes: a receiver may be away for three days and misses nothing.
ANNOUNCED_AGAIN_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
ANNOUNCED_JITTER = 0.1
ANNOUNCEMENTS_MATTER_FOR = timedelta(days=5)
CONFIGURATION_S = 600
LEGS_MATTER_FOR = timedelta(minutes=5)
TEXTS_MATTER_FOR = timedelta(hours=24)


def gives_up_at(kind: Kind, created_at: datetime) -> datetime:
    """A text of yesterday, or an order about a call of five minutes ago, does more harm than good."""
    if kind is Kind.ANNOUNCEMENT:
        return created_at + ANNOUNCEMENTS_MATTER_FOR
    in_call = kind in (Kind.END_LEG, Kind.REDIRECT_CALLER)
    return created_at + (LEGS_MATTER_FOR if in_call else TEXTS_MATTER_FOR)


CREATES = frozenset({Kind.TEXT, Kind.EMAIL, Kind.RING_LEG, Kind.BOT_CALL, Kind.TEST_RING})
"""What would be there twice if it were asked for twice: a lost answer is looked up first (R6)."""


def decide(answer: Answer, sending: Sending) -> DeliveryDecision:
    match answer:
        case Accepted():
            return Sent()
        case Refused(message=why) | Lost(why) | Unreached(why) | TryLater(why) if sending.kind is Kind.ANNOUNCEMENT:
            return _announce_again(answer, why, sending)
        case Lost(detail) if sending.kind is Kind.SLACK and sending.tries > 1:
            return GivenUp(f"perhaps posted: its answer was lost twice: {detail}")
        case Refused():
            return _refused(answer, sending)
        case Lost(detail):
            creates = sending.kind in CREATES
            return Unknown(detail) if creates else _again(sending, _delay_s(sending), detail)
        case Unreached(detail):
            if sending.kind is Kind.RING_LEG:
                return GivenUp(detail)  # Hunted with <Dial> at once: trying again would only let the caller wait.
            return _again(sending, _delay_s(sending), detail)
        case TryLater(detail, after_s):
            delay_s = _delay_s(sending) if sending.kind is Kind.EMAIL else _busy_delay_s(sending)
            return _again(sending, max(delay_s, after_s), detail or "too many requests")


def _announce_again(answer: Answer, why: str, sending: Sending) -> DeliveryDecision:
    """Receivers tell repeats by their id, so everything but a plain "never again" is tried for three days."""
    if isinstance(answer, Refused):
        return GivenUp(why)
    if sending.tries > len(ANNOUNCED_AGAIN_S):
        return GivenUp(f"not taken in {sending.tries} tries: {why}")
    delay_s = ANNOUNCED_AGAIN_S[sending.tries - 1]
    spread = int.from_bytes(sha256(f"{sending.key}/{sending.tries}".encode()).digest()[:4]) / 2**32
    asked_s = answer.after_s if isinstance(answer, TryLater) else 0
    return _again(sending, max(asked_s, round(delay_s * (1 + ANNOUNCED_JITTER * spread))), why)


def _refused(refused: Refused, sending: Sending) -> DeliveryDecision:
    why, meaning = why_not(refused), _meaning(refused, sending.kind)
    if sending.kind is Kind.RING_LEG:
        return _refused_leg(refused.code, why, meaning, sending)
    match meaning:
        case Meaning.GONE if sending.kind not in CREATES:
            return Sent("no longer there")
        case Meaning.NOT_EMPTY:
            return _again(sending, _delay_s(sending), why)
        case Meaning.BUSY:
            return _again(sending, _busy_delay_s(sending), why)
        case Meaning.ONCE_MORE if sending.tries < 2:
            return _again(sending, LATER_S[-1], why)
        case Meaning.CONFIGURATION if refused.code == AUTHENTICATION:
            return StopSender(sending.at + timedelta(seconds=CONFIGURATION_S), why)
        case _:
            return GivenUp(why, meaning, refused.code)


def _meaning(refused: Refused, kind: Kind) -> Meaning:
    return meaning_for_text(refused.code) if kind is Kind.TEXT else meaning_for_call(refused.code)


def _refused_leg(code: int, why: str, meaning: Meaning, sending: Sending) -> DeliveryDecision:
    """Nobody is kept waiting for a leg that was refused; only a busy account is asked again."""
    if meaning is Meaning.BUSY:
        return _again(sending, LEG_AGAIN_S, why)
    return GivenUp(why, meaning, code)


def _again(sending: Sending, delay_s: int, why: str) -> TryAgain | GivenUp:
    at = sending.at + timedelta(seconds=delay_s)
    return TryAgain(at, why) if at < sending.gives_up_at else GivenUp(f"too late to try again: {why}")


def _delay_s(sending: Sending) -> int:
    delays = SOON_S if sending.kind in (Kind.END_LEG, Kind.REDIRECT_CALLER) else LATER_S
    return delays[min(sending.tries, len(delays)) - 1]


def _busy_delay_s(sending: Sending) -> int:
    return LEG_AGAIN_S if sending.kind is Kind.RING_LEG else int(min(2 ** min(sending.tries, 10), BUSY_MAX_S))


# --- Lost answers.

UNKNOWN_FOR = timedelta(minutes=15)
_SENT_AGAIN = "(Sent again) "


def say_again(body: str) -> str:
    return body if was_said_again(body) else _SENT_AGAIN + body


def was_said_again(body: str) -> bool:
    return body.startswith(_SENT_AGAIN)


def next_look_up(lost_at: datetime, at: datetime) -> datetime:
    """Lists lag a little behind: often at first, then every other minute."""
    waited_s = (at - lost_at).total_seconds()
    return at + timedelta(seconds=min(max(15.0, waited_s / 4), 120.0))
