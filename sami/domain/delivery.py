"""What does the carrier's answer mean for the thing we wanted carried? Values in, one decision out.

Only what certainly did not happen, or may happen twice without harm, is tried again (R6, R13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sami.domain.answers import (
    AUTHENTICATION,
    Accepted,
    Answer,
    Kind,
    Lost,
    Meaning,
    Refused,
    TryLater,
    Unreached,
    meaning_of,
)


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
    """One try to carry something. `tries` counts this one; past `gives_up_at` it has no more sense."""

    kind: Kind
    tries: int
    at: datetime
    gives_up_at: datetime


LATER_S = (30, 120, 600)  # A text, or a queue to delete, that certainly did not arrive.
SOON_S = (1, 2, 5, 10, 30)  # A caller or an agent is waiting for it.
LEG_AGAIN_S = 1
BUSY_MAX_S = 240
CONFIGURATION_S = 600
LEGS_MATTER_FOR = timedelta(minutes=5)
TEXTS_MATTER_FOR = timedelta(hours=24)


def gives_up_at(kind: Kind, created_at: datetime) -> datetime:
    """A text of yesterday, or an order about a call of five minutes ago, does more harm than good."""
    in_call = kind in (Kind.END_LEG, Kind.REDIRECT_CALLER)
    return created_at + (LEGS_MATTER_FOR if in_call else TEXTS_MATTER_FOR)


def decide(answer: Answer, sending: Sending) -> DeliveryDecision:
    match answer:
        case Accepted():
            return Sent()
        case Refused():
            return _refused(answer, sending)
        case Lost(detail):
            creates = sending.kind in (Kind.TEXT, Kind.RING_LEG)
            return Unknown(detail) if creates else _again(sending, _delay_s(sending), detail)
        case Unreached(detail):
            if sending.kind is Kind.RING_LEG:
                return GivenUp(detail)  # Hunted with <Dial> at once: trying again would only let the caller wait.
            return _again(sending, _delay_s(sending), detail)
        case TryLater(detail):
            return _again(sending, _busy_delay_s(sending), detail or "too many requests")


def _refused(refused: Refused, sending: Sending) -> DeliveryDecision:
    why, meaning = f"{refused.code} {refused.message}".strip(), meaning_of(refused.code)
    if sending.kind is Kind.RING_LEG:
        return _refused_leg(refused.code, why, meaning, sending)
    match meaning:
        case Meaning.GONE if sending.kind is not Kind.TEXT:
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


def is_resent_when_lost(dedupe_key: str) -> bool:
    """Only what tells staff of a missed transfer, once: a second notice does less harm than none (R6)."""
    return dedupe_key.startswith("missed_transfer/") and "/notice/" in dedupe_key


def say_again(body: str) -> str:
    return body if was_said_again(body) else _SENT_AGAIN + body


def was_said_again(body: str) -> bool:
    return body.startswith(_SENT_AGAIN)


def next_look_up(lost_at: datetime, at: datetime) -> datetime:
    """Lists lag a little behind: often at first, then every other minute."""
    waited_s = (at - lost_at).total_seconds()
    return at + timedelta(seconds=min(max(15.0, waited_s / 4), 120.0))
