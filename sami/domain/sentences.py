"""What callers and rung agents hear, and texts about calls; each sentence is the admin's to change by its name."""

from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

from sami.domain.organisation import Bot
from sami.domain.phone import E164, last_four

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
    "call_back_choice": "To be called back by the next free person, press {call_back}. To leave a message, stay on.",
    "leave_message": "Please leave a message after the tone.",
    "message_taken": "Thank you. Somebody will call you back.",
    "call_back_promised": "Thank you. The next free person will call you back on this number. Goodbye.",
    "opted_out": "You will not be contacted again. Goodbye.",
    "goodbye": "Goodbye.",
    "blocked": "Sorry, this number does not take your calls. Goodbye.",
    # What a lead hears whom we call.
    "placed_greeting": "Hello {lead}, this is {organisation}.",
    # What a rung agent hears. The prompt is kept under six seconds: who calls is cut to what is left.
    "screen": "{who}. Press 1 to take it, 2 to pass, 3 to rest.",
    "screen_fallback": "Call for {organisation}. Press 1 to take it.",
    "accepted": "Connecting.",
    "call_back_screen": "{who} asked for a call back. Press 1 to call now, 2 to pass, 3 to rest.",
    "not_reached": "They did not answer. Goodbye.",
    "taken": "Already taken by {agent}.",
    "caller_left": "The caller hung up.",
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
    "missed_text": "Missed call: {who}, {caller}, on {line}. Please call back; it is due {due}.",
    "abandoned_text": "{who}, {caller}, hung up while phones rang on {line}. Please call back; it is due {due}.",
    "missed_opted_out_text": (
        "Missed call: {who}, {caller}, on {line}. They asked before not to be contacted: do not call."
    ),
    "opt_out_text": "{who}, {caller}, asked not to be contacted: do not call.",
    "message_text": "{who}, {caller}, left a message on {line}.",
    "outcome_text": "{who}, {caller}, {outcome}.",
    "sorry_text": "Sorry we missed your call. We will call you back shortly. {organisation}",
    "sorry_placed_text": "Sorry, nobody was free just now. We will call you again shortly. {organisation}",
    "disagreement_text": "Please look at call {call}: {name} was joined to the caller without pressing 1.",
    "call_back_text": "Call back C{number} for you: {who}, {caller}, on {line}. Answer and press 1 to call them.",
    "not_reached_text": "{who}, {caller}, did not answer our call back on {line}. Please try again; it is due {due}.",
    "not_called_back_text": "Nobody called {who}, {caller}, back on {line}, as they asked. It is due {due}.",
    "missed_task": "Call back {who}",
    "message_task": "Listen to the message of {who}",
}

PROMPT_CHARACTERS_MAX = 84  # About fourteen characters a second, under six seconds.


def sentence(bot: Bot | None, name: str, /, **values: str) -> str:
    """The admin's wording if there is one. An unknown placeholder stays as written: a typo must not break a call."""
    text = SENTENCES[name]
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


def screen_prompt(bot: Bot | None, who: str, reasons: tuple[str, ...]) -> str:
    """Who calls and why, cut to a whole word so that the prompt stays under six seconds."""
    room = PROMPT_CHARACTERS_MAX - len(sentence(bot, "screen", who=""))
    told = cut(", ".join((who, *reasons)), max(12, room))
    return sentence(bot, "screen", who=told[:1].upper() + told[1:])


def call_back_prompt(bot: Bot | None, who: str) -> str:
    room = PROMPT_CHARACTERS_MAX - len(sentence(bot, "call_back_screen", who=""))
    told = cut(who, max(12, room))
    return sentence(bot, "call_back_screen", who=told[:1].upper() + told[1:])


def cut(text: str, length: int) -> str:
    """At the end of a word; within it where that would lose half of what there is room for.

    A long link has no blanks, and neither have the scripts of East Asia.
    """
    if len(text) <= length:
        return text
    whole = text[:length].rsplit(" ", 1)[0]
    return (whole if 2 * len(whole) >= length else text[:length]).rstrip(" ,")


def caller_name(name: str, phone: E164 | None, *, spoken: bool = False) -> str:
    """How staff are told who calls: the lead's name, else the last four digits, else that they are withheld.

    `spoken` digits are read one by one instead of as a number.
    """
    if name:
        return name
    if phone is None:
        return "a withheld number"
    digits = last_four(phone)
    return f"caller ending {' '.join(digits) if spoken else digits}"
