"""What does the carrier's answer mean for the thing we wanted carried? Values in, one decision out.

Only what certainly did not happen, or may happen twice without harm, is tried again (R6, R13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sami.domain.delivery.answers import Accepted, Answer, Lost, Refused, TryLater, Unreached, why_not
from sami.domain.delivery.carrier_codes import AUTHENTICATION, Meaning
from sami.domain.delivery.kinds import CARRIAGES, LATER_S, Kind, WhenLost


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


CONFIGURATION_S = 600
ANNOUNCED_JITTER = 0.1


def gives_up_at(kind: Kind, created_at: datetime) -> datetime:
    """A text of yesterday, or an order about a call of five minutes ago, does more harm than good."""
    return created_at + CARRIAGES[kind].matters_for


def decide(answer: Answer, sending: Sending) -> DeliveryDecision:
    how = CARRIAGES[sending.kind]
    match answer:
        case Accepted():
            return Sent()
        case Refused(message=why) | Lost(why) | Unreached(why) | TryLater(why) if how.is_told_apart:
            return _told_apart(answer, why, sending)
        case Lost(detail) if how.when_lost is WhenLost.ONCE_MORE and sending.tries > 1:
            return GivenUp(f"perhaps posted: its answer was lost twice: {detail}")
        case Refused():
            return _refused(answer, sending)
        case Lost(detail):
            return Unknown(detail) if how.creates else _again(sending, _nth(how.again_s, sending), detail)
        case Unreached(detail):
            if how.has_no_time:
                return GivenUp(detail)  # Hunted with <Dial> at once: trying again would only let the caller wait.
            return _again(sending, _nth(how.again_s, sending), detail)
        case TryLater(detail, after_s):
            return _again(sending, max(_nth(how.busy_again_s, sending), after_s), detail or "too many requests")


def _told_apart(answer: Answer, why: str, sending: Sending) -> DeliveryDecision:
    """Receivers tell repeats by their id, so everything but a plain "never again" is tried for three days."""
    if isinstance(answer, Refused):
        return GivenUp(why)
    again_s = CARRIAGES[sending.kind].again_s
    if sending.tries > len(again_s):
        return GivenUp(f"not taken in {sending.tries} tries: {why}")
    spread = int.from_bytes(sha256(f"{sending.key}/{sending.tries}".encode()).digest()[:4]) / 2**32
    asked_s = answer.after_s if isinstance(answer, TryLater) else 0
    return _again(sending, max(asked_s, round(_nth(again_s, sending) * (1 + ANNOUNCED_JITTER * spread))), why)


def _refused(refused: Refused, sending: Sending) -> DeliveryDecision:
    how = CARRIAGES[sending.kind]
    why, meaning = why_not(refused), how.meaning(refused.code)
    if meaning is Meaning.BUSY:
        return _again(sending, _nth(how.busy_again_s, sending), why)
    if how.has_no_time:
        return GivenUp(why, meaning, refused.code)  # Nobody is kept waiting for a leg that was refused.
    match meaning:
        case Meaning.GONE if not how.creates:
            return Sent("no longer there")
        case Meaning.NOT_EMPTY:
            return _again(sending, _nth(how.again_s, sending), why)
        case Meaning.ONCE_MORE if sending.tries < 2:
            return _again(sending, LATER_S[-1], why)
        case Meaning.CONFIGURATION if refused.code == AUTHENTICATION:
            return StopSender(sending.at + timedelta(seconds=CONFIGURATION_S), why)
        case _:
            return GivenUp(why, meaning, refused.code)


def _again(sending: Sending, delay_s: int, why: str) -> TryAgain | GivenUp:
    at = sending.at + timedelta(seconds=delay_s)
    return TryAgain(at, why) if at < sending.gives_up_at else GivenUp(f"too late to try again: {why}")


def _nth(delays_s: tuple[int, ...], sending: Sending) -> int:
    return delays_s[min(sending.tries, len(delays_s)) - 1]


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
