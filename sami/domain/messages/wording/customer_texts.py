"""What do we say about customers' texts: to whoever reads them, to the customer in answer, and on the timeline?

Plain letters only: one sign outside GSM-7 makes a text cost double. What a customer wrote is handed on as written.
"""

from collections.abc import Sequence
from datetime import datetime

from sami.domain.language.characters import storable
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import is_withheld
from sami.domain.leads.outcome import Outcome
from sami.domain.messages.customer_readings import Asks, Reading
from sami.domain.organisation.sentences import cut

FORWARDED_LENGTH_MAX = 300
NAME_LENGTH_MAX = 60

OUTCOMES = {
    Asks.LATER: Outcome.CONTACT_LATER,
    Asks.WRONG_NUMBER: Outcome.BAD_NUMBER,
    Asks.NOT_INTERESTED: Outcome.NOT_INTERESTED,
}
"""What is suggested where a text only asks to be read."""
STOPPED = "They asked not to be contacted: do not call, and nothing more is sent to them."
_DONE = {
    Asks.OPT_OUT: STOPPED,
    Asks.NO_TEXTS: "They want no texts: none is sent to them any more.",
    Asks.NO_CALLS: "They asked not to be called: do not call. Texts are as before.",
}


def forwarded(who: str, body: str, attached: int, lead: int | None, note: str, *, suggests: bool = False) -> str:
    """Cut so that the note and how to answer are always whole. `lead`: whom an answer reaches, None where none may."""
    said = f"Text from {who}: {body}{_attachments(attached)}"
    tail = "".join(f"\n{line}" for line in (note, "" if lead is None else answer_with(lead, suggests=suggests)) if line)
    room = FORWARDED_LENGTH_MAX - len(tail)
    return (said if len(said) <= room else f"{cut(said, room - 4)} ...") + tail


def sender_name(written: str) -> str:
    """Who wrote that is nobody's phone: a short code, a name, another network. `written` as the carrier has it."""
    name = cut(" ".join(storable(written).split()), NAME_LENGTH_MAX)
    network, _, address = name.partition(":")
    if is_withheld(name):
        return "a withheld number"
    if address and network.lower() in _NETWORKS:
        return f"{address} ({_NETWORKS[network.lower()]})"
    return f"short code {name}" if name.isdecimal() else name


_NETWORKS = {
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "client": "a browser",
    "sip": "a SIP phone",
    "rcs": "RCS",
}


def answer_with(lead: int, *, suggests: bool = False) -> str:
    return f"Answer: L{lead} and your words{f'. OK L{lead} accepts' if suggests else ''}"


def _attachments(count: int) -> str:
    return "" if count == 0 else f" ({count} {'attachment' if count == 1 else 'attachments'})"


def note_on(reading: Reading | None, clock: Clock, their_zone: str, *, calling: bool) -> str:
    """What whoever reads the text should know of it; empty where no rule knows. `their_zone`: where the lead lives."""
    if reading is None:
        return ""
    if reading.asks is Asks.CALL_ME:
        return "We are calling them now." if calling else "They ask for a call."
    return _DONE.get(reading.asks) or suggestion(reading, clock, their_zone)


def paused(cadences: Sequence[str], lead: int) -> str:
    """What waits for a person because the lead wrote; empty where nothing does."""
    if not cadences:
        return ""
    names = " and ".join(cadences)
    return f"{names} {'is' if len(cadences) == 1 else 'are'} paused. To go on text RESUME L{lead}."


def resumed(who: str, cadences: Sequence[str]) -> str:
    return f"{' and '.join(cadences)} {'goes' if len(cadences) == 1 else 'go'} on for {who}."


def nothing_to_resume(who: str) -> str:
    return f"Nothing of {who} is paused because they wrote."


def suggestion(reading: Reading, clock: Clock, their_zone: str) -> str:
    """Empty where nothing is left for a person to decide."""
    outcome = OUTCOMES.get(reading.asks)
    return "" if outcome is None else looks_like(outcome, reading.at, clock, their_zone)


def looks_like(outcome: Outcome, at: datetime | None, clock: Clock, their_zone: str) -> str:
    when = "" if at is None else f", {clock.format_theirs(at, their_zone)}"
    return f"Looks like {_LOOKS_LIKE[outcome]}{when}."


def looked_like(outcome: Outcome, at: datetime | None, clock: Clock, their_zone: str, *, says: str = "") -> str:
    """For the timeline. `says`: who thinks so, where it is not we."""
    when = "" if at is None else f", {clock.note(at, their_zone)}"
    return f"Looks like {_LOOKS_LIKE[outcome]}{when}{f', says {says}' if says else ''}."


_LOOKS_LIKE = {
    Outcome.SUCCESSFUL_TRANSFER: "they have talked with somebody",
    Outcome.MISSED_TRANSFER: "they called and reached nobody",
    Outcome.NEEDS_FOLLOW_UP: "they want to hear from us again",
    Outcome.CONTACT_LATER: "they want to be contacted later",
    Outcome.OPT_OUT: "they want no more texts or calls",
    Outcome.NOT_INTERESTED: "they are not interested",
    Outcome.UNQUALIFIED: "they do not qualify",
    Outcome.BAD_NUMBER: "this is a wrong number",
}


def said_with(body: str, media: tuple[str, ...]) -> str:
    """A text as the timeline has it: with the links to what was attached."""
    return body if not media else f"{body} [{' '.join(media)}]"


# --- To the customer.


def opt_out_confirmed(organisation: str) -> str:
    """The one confirmation that 47 CFR 64.1200(a)(12) permits: within five minutes, and nothing else in it."""
    name = cut(organisation, NAME_LENGTH_MAX)
    return f"You are opted out: no more texts or calls from {name}. Reply START to undo this."


def calling_now() -> str:
    return "We are calling you now."


# --- To the agent who answers.


def sent_to(called: str) -> str:
    return f"Sent to {called}."


def no_words(lead: int) -> str:
    return f"Nothing was sent: write your words behind the number, such as L{lead} Hi, this is me."


def probably_a_staff_word(lead: int, words: str, instead: str) -> str:
    return f"Nothing was sent. Did you mean {instead}? Text that. To send it to lead L{lead}, text L{lead} {words}."


def nothing_suggested(who: str) -> str:
    return f"No text of {who} suggests anything that waits for an OK."


def suggested_since(who: str, said: str, lead: int) -> str:
    return f"Nothing is done yet: {who} wrote since. {said} Text OK L{lead} to accept that."


def no_lead_of_yours(lead: int) -> str:
    return f"There is no lead L{lead} of yours."


def ringing_you(who: str) -> str:
    return f"Your phone rings now. Press 1 to call {who}."


def not_called(why: str) -> str:
    return f"Nobody was called: {why}."


def no_such_lead(lead: int) -> str:
    return f"Nothing was sent: there is no lead L{lead}."


def not_yours(lead: int) -> str:
    return f"Nothing was sent: lead L{lead} is not yours."


def not_reachable(called: str, why: str) -> str:
    return f"Nothing was sent: {called} {why}."


def too_many() -> str:
    return "Nothing was sent: too many texts in ten minutes. Please wait a little, or call."
