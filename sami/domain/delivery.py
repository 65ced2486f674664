"""What does the carrier's answer mean for the thing we wanted carried? Values in, one decision out.

An answer is one of five: it came and says yes, it came and says no, it was lost, the request never arrived, or Twilio
was too busy to look at it. Only what certainly did not happen, or may happen twice without harm, is tried again
(R6, R13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Accepted:
    """`sid` is the carrier's name for it, `status` its first state; both empty where nothing was created."""

    sid: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer came and says no. `code` is the carrier's own, `status` that of HTTP."""

    code: int
    status: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """Timeout, reset, 5xx or garbage: nobody knows whether it happened."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No connection came about, so it certainly did not happen."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """429: never looked at, always safe to repeat."""

    detail: str = ""


NotCarried = Refused | Lost | Unreached | TryLater
Answer = Accepted | NotCarried


class Kind(StrEnum):
    """What an outbox item wants carried."""

    TEXT = "text"
    RING_LEG = "ring_leg"
    END_LEG = "end_leg"
    REDIRECT_CALLER = "redirect_caller"
    DELETE_QUEUE = "delete_queue"


class Meaning(StrEnum):
    """What one of the carrier's codes is about, in an answer or in a status callback."""

    BAD_NUMBER = "bad_number"
    OPTED_OUT = "opted_out"
    BUSY = "busy"
    ONCE_MORE = "once_more"
    BLOCKED = "blocked"
    CONFIGURATION = "configuration"
    BAD_LEG = "bad_leg"
    GONE = "gone"
    NOT_EMPTY = "not_empty"
    OTHER = "other"


_CODES: dict[Meaning, tuple[int, ...]] = {
    Meaning.BAD_NUMBER: (21211, 21214, 21217, 21614, 30005, 30006),
    Meaning.OPTED_OUT: (21610,),
    Meaning.BUSY: (20429, 21611, 30001),
    Meaning.ONCE_MORE: (30003, 30008),
    Meaning.BLOCKED: (30004, 30007),
    Meaning.CONFIGURATION: (20003, 21408, 21606, 21608, 30034),
    Meaning.BAD_LEG: (13214, 13223, 13224, 13225),
    # The call is no longer there: a normal race.
    Meaning.GONE: (404, 20404, 21220),
    Meaning.NOT_EMPTY: (22003,),
}
_MEANINGS = {code: meaning for meaning, codes in _CODES.items() for code in codes}

AUTHENTICATION = 20003


def meaning_of(code: int) -> Meaning:
    return _MEANINGS.get(code, Meaning.OTHER)


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
