"""Calls that we place: what became of each, what whoever answers may choose, and what is told by how it ended."""

from enum import StrEnum

from sami.domain.delivery.carrier_codes import Meaning, meaning_for_call
from sami.domain.delivery.carrier_words import AnsweredBy, CallStatus
from sami.domain.organisation.document import Bot, MenuChoice
from sami.domain.organisation.sentences import sentence

CALL_BACK_SID = "CB"  # How our own names begin of calls back, which are no calls of Twilio's.
LEAD_RING_S = 30  # A lead's phone really rings so long; most voicemails are there before.

PERSON, NEVER_AGAIN = "placed_person", "placed_never_again"
"""The sentences that name the two choices of everybody whom we call."""
NEVER_AGAIN_KEY = "9"


class OutboundState(StrEnum):
    """`waiting`: for its time, or for a free agent. `placed`: Twilio was asked. `answered`: it is a call now."""

    WAITING = "waiting"
    PLACED = "placed"
    ANSWERED = "answered"
    ENDED = "ended"
    CANCELLED = "cancelled"


OPEN_PLACED = frozenset({OutboundState.WAITING, OutboundState.PLACED, OutboundState.ANSWERED})
"""While one is open nobody is called a second time."""


class OutboundResult(StrEnum):
    """What answered, or why nothing did."""

    PERSON = "person"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    NOT_PERMITTED = "not_permitted"
    NOBODY_FREE = "nobody_free"
    UNKNOWN = "unknown"


def menu_for_called(bot: Bot) -> tuple[MenuChoice, ...]:
    """Whom we call may always ask never to be called again, whatever the admin's own menu holds."""
    never_again = MenuChoice(
        NEVER_AGAIN_KEY, sentence(bot, NEVER_AGAIN), "opt_out", ("stop calling", "do not call", "don't call")
    )
    if not bot.menu:
        person = MenuChoice("1", sentence(bot, PERSON), "transfer", ("person", "yes", "sí", "si"))
        return (person, never_again)
    may_stop = any(choice.then == "opt_out" or choice.digits == NEVER_AGAIN_KEY for choice in bot.menu)
    return bot.menu if may_stop else (*bot.menu, never_again)


_MACHINES = frozenset(AnsweredBy) - {AnsweredBy.HUMAN, AnsweredBy.UNKNOWN}


def is_machine(answered_by: AnsweredBy | None) -> bool:
    """What Twilio cannot tell is spoken to as a person: a machine hears a goodbye at worst."""
    return answered_by in _MACHINES


def result_of(status: CallStatus | None, answered_by: AnsweredBy | None) -> OutboundResult:
    """How an outbound call ended, by its last status. `answered_by` is None where nothing was detected."""
    match status:
        case CallStatus.BUSY:
            return OutboundResult.BUSY
        case CallStatus.NO_ANSWER | CallStatus.CANCELED:
            return OutboundResult.NO_ANSWER
        case CallStatus.COMPLETED:
            if answered_by is None:
                return OutboundResult.UNKNOWN
            return OutboundResult.MACHINE if is_machine(answered_by) else OutboundResult.PERSON
        case _:
            return OutboundResult.FAILED


def is_dead(status: CallStatus, error_code: int | None) -> bool:
    """The number is not one that anybody has: it is never used again."""
    return status is CallStatus.FAILED and meaning_for_call(error_code) is Meaning.BAD_NUMBER


def said_of(result: OutboundResult, why: str = "") -> str:
    """As the lead's timeline tells it."""
    return _SAID[result] + (f": {why}" if why else "")


_SAID = {
    OutboundResult.PERSON: "Called, and they answered",
    OutboundResult.MACHINE: "Called, and an answering machine picked up",
    OutboundResult.NO_ANSWER: "Called, and nobody answered",
    OutboundResult.BUSY: "Called, and the line was busy",
    OutboundResult.FAILED: "The call did not go through",
    OutboundResult.NOT_PERMITTED: "Not called",
    OutboundResult.NOBODY_FREE: "Not called back, because nobody took it on",
    OutboundResult.UNKNOWN: "Called, and what came of it is not known",
}
