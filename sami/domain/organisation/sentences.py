"""What callers and rung agents hear, and texts about calls; each sentence is the admin's to change by its name."""

from collections.abc import Collection, Mapping
from functools import lru_cache
from string import Formatter

from sami.domain.language.phone import E164, last_four
from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences_es import SPANISH

SENTENCES: dict[str, str] = {
    # What the caller hears.
    "greeting": "Thank you for calling {organisation}.",
    "recorded": "This call may be recorded.",
    "connecting": "Please hold while I connect you.",
    "message_key": "To leave a message instead, press {key}.",
    "choice_keys": "To be called back, press {call_back}. To leave a message, press {key}.",
    "menu_choice": "{choice}, press {digits}.",
    "menu_person": "To talk to a person, press 0.",
    "not_understood": "Sorry, I did not get that.",
    "question_choice": "For {choice}, press {digits}.",
    "apology": "I am sorry, nobody could take your call just now.",
    "back_at": "We are back {when}.",
    "call_back_choice": "To be called back by the next free person, press {call_back}. To leave a message, stay on.",
    "leave_message": "Please leave a message after the tone.",
    "message_taken": "Thank you. Somebody will call you back.",
    "message_kept": "Thank you. We have your message.",
    "call_back_promised": "Thank you. The next free person will call you back on this number. Goodbye.",
    "call_back_promised_for": "Thank you. We will call you back on this number, {when} or later. Goodbye.",
    "opted_out": "You will not be contacted again. Goodbye.",
    "goodbye": "Goodbye.",
    "blocked": "Sorry, this number does not take your calls. Goodbye.",
    # What a lead hears whom we call.
    "placed_greeting": "Hello {lead}, this is {organisation}.",
    "placed_greeting_nameless": "Hello, this is {organisation}.",
    "placed_person": "To talk with a person",
    "placed_never_again": "Not to be called again",
    "placed_apology": "Sorry, something went wrong on our side. Goodbye.",
    # What a rung agent hears. Who calls and why is kept under six seconds: `who_calls`.
    "screen": "{who}. Press 1 to take it, 2 to pass, 3 to pass and be off for an hour.",
    "screen_again": "Press 1 to take it, 2 to pass, 3 to pass and be off for an hour.",
    "screen_fallback": "Call for {organisation}. Press 1 to take it.",
    "screen_fallback_again": "Press 1 to take it.",
    "accepted": "Connecting.",
    "call_back_screen": (
        "{who} asked for a call back. Press 1 to call now, 2 to pass, 3 to pass and be off for an hour."
    ),
    "call_back_screen_fallback": "{who} asked for a call back. Press 1 to call now, 2 to pass.",
    "call_back_screen_fallback_again": "Press 1 to call now, 2 to pass.",
    "asked_call_screen": "Your call to {who}. Press 1 to call now, 2 to pass.",
    "asked_call_screen_again": "Press 1 to call now, 2 to pass.",
    "call_back_screen_again": "Press 1 to call now, 2 to pass, 3 to pass and be off for an hour.",
    "not_reached": "They did not answer. Goodbye.",
    "taken": "Already taken by {agent}.",
    "somebody_else": "somebody else",
    "caller_left": "The caller hung up.",
    "answered_our_call": "answered our call",
    "caller_ending": "caller ending {digits}",
    "caller_withheld": "a withheld number",
    "ask_result": (
        "What came of it? 1 follow up, 2 call later, 3 not interested, 4 not qualified, 5 wrong number, "
        "9 never contact again."
    ),
    "result_kept": "Thank you.",
    # What whoever answers a test ring hears.
    "test_ring": "This is a test ring of {organisation}. Press 1, and calls may ring this phone.",
    "test_ring_confirmed": "Thank you. Calls may ring this phone now. Goodbye.",
    "test_ring_missed": "No key was pressed, so this phone stays as it was. Goodbye.",
    # Texts.
    "taken_text": "Call C{number} was taken by {agent}.",
    "offer_text": "Call C{number} for you: {who}, {caller}, on {line}.",
    "result_text": (
        "What came of call C{number}, {who}? Text RESULT C{number} LATER FRI 3PM, or FOLLOWUP, NO, UNQUALIFIED, "
        "WRONG, NEVER."
    ),
    "answered_text": "{agent} answered {who} ({caller}) on {line}.",
    "called_back_text": "{agent} called {who} ({caller}) back on {line}, and they talked.",
    "asked_call_text": "{agent} called {who} ({caller}) on {line}, and they talked.",
    "missed_text": "Missed call: {who}, {caller}, on {line}. Please call back; it is due {due}.",
    "abandoned_text": "{who}, {caller}, hung up while phones rang on {line}. Please call back; it is due {due}.",
    "missed_withheld_text": "A withheld caller waited {waited} on {line}. Nobody can call them back.",
    "missed_opted_out_text": (
        "Missed call: {who}, {caller}, on {line}. They asked before not to be contacted: do not call."
    ),
    "opt_out_text": "{who}, {caller}, asked not to be contacted: do not call.",
    "message_text": "{who}, {caller}, left a message on {line}.",
    "outcome_text": "{who}, {caller}, {outcome}.",
    "sorry_text": "Sorry we missed your call. We will call you back {when}. {organisation}",
    "sorry_no_call_text": "Sorry we missed your call. Text us here, and a person will answer. {organisation}",
    "sorry_placed_text": "Sorry, nobody was free just now. We will call you again {when}. {organisation}",
    "disagreement_text": "Please look at call {call}: {name} was joined to the caller without pressing 1.",
    "call_back_text": "Call back C{number} for you: {who}, {caller}, on {line}. Answer and press 1 to call them.",
    "not_reached_text": "{who}, {caller}, did not answer our call back on {line}. Please try again; it is due {due}.",
    "not_called_back_text": "Nobody called {who}, {caller}, back on {line}, as they asked. It is due {due}.",
    "missed_withheld_task": "A withheld caller waited {waited} on {line}",
    "missed_task": "Call back {who}",
    "message_task": "Listen to the message of {who}",
}

_TO_CALLERS = frozenset({"sorry_text", "sorry_no_call_text", "sorry_placed_text"})
IN_THE_BOTS_LANGUAGE = tuple(n for n in SENTENCES if n in _TO_CALLERS or not n.endswith(("_text", "_task")))
"""What is heard in the bot's voice, and what callers are texted. Staff texts are in English, as all of ours."""

_COMPLETE = ("en", "es")
"""Languages in which no sentence is missing."""


def missing_in(language: str, worded: Collection[str]) -> tuple[str, ...]:
    """The sentences that a bot in this language would say in English, but for those `worded` by the admin."""
    if _base(language) in _COMPLETE:
        return ()
    return tuple(name for name in IN_THE_BOTS_LANGUAGE if name not in worded)


def speaks_spanish(bot: Bot | None) -> bool:
    return bot is not None and _base(bot.language) == "es"


def _base(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


def sentence(bot: Bot | None, name: str, /, **values: str) -> str:
    """The admin's wording if there is one. An unknown placeholder stays as written: a typo must not break a call."""
    text = SPANISH.get(name, SENTENCES[name]) if speaks_spanish(bot) else SENTENCES[name]
    if bot is not None:
        text = (bot.greeting if name == "greeting" else "") or bot.sentences.get(name) or text
    return fill(text, values)


def fill(text: str, values: Mapping[str, str]) -> str:
    parts: list[str] = []
    try:
        for literal, field in _pieces(text):
            parts.append(literal)
            if field is not None:
                parts.append(values.get(field, "{" + field + "}"))
    except ValueError:
        return text
    return "".join(parts)


@lru_cache(maxsize=1024)
def _pieces(text: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, field) for literal, field, _, _ in Formatter().parse(text))


def placeholders(text: str) -> frozenset[str]:
    """The names in braces. Raises ValueError where a brace is left open."""
    return frozenset(field for _, field, _, _ in Formatter().parse(text) if field is not None)


def cut(text: str, length: int) -> str:
    """At the end of a word; within it where that would lose half of what there is room for.

    A long link has no blanks, and neither have the scripts of East Asia.
    """
    if len(text) <= length:
        return text
    whole = text[:length].rsplit(" ", 1)[0]
    return (whole if 2 * len(whole) >= length else text[:length]).rstrip(" ,")


def who_and_caller(name: str, phone: E164 | None) -> dict[str, str]:
    """For texts that say both: one who hides their number is not said to hide it twice."""
    if phone is None and not name:
        return {"who": "a caller", "caller": "number withheld"}
    return {"who": caller_name(name, phone), "caller": phone or "number withheld"}


def caller_name(name: str, phone: E164 | None, *, bot: Bot | None = None, spoken: bool = False) -> str:
    """How staff are told who calls: the lead's name, else the last four digits, else that they are withheld.

    `spoken` digits are read one by one instead of as a number, in the bot's language.
    """
    if name:
        return name
    if phone is None:
        return sentence(bot, "caller_withheld")
    digits = last_four(phone)
    return sentence(bot, "caller_ending", digits=" ".join(digits) if spoken else digits)
