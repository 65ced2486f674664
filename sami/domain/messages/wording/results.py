"""What do we answer to whoever says what a call came to? What is noted, how to take it back, what would be understood.

Plain letters only: one sign outside GSM-7 makes a text cost double. Names are sent as they are written.
"""

from datetime import datetime

from sami.domain.language.local_time import Clock
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.reports import Unclear

_SAYS = {
    Outcome.NEEDS_FOLLOW_UP: "{who} is to be followed up with{when}",
    Outcome.CONTACT_LATER: "{who} is to be contacted{when}",
    Outcome.OPT_OUT: "{who} asked not to be contacted: nobody may call, and nothing more is sent to them",
    Outcome.NOT_INTERESTED: "{who} is not interested",
    Outcome.UNQUALIFIED: "{who} is not qualified",
    Outcome.BAD_NUMBER: "the number of {who} is wrong, and never used again",
}
_IF = {
    Outcome.NEEDS_FOLLOW_UP: ("FOLLOWUP", "they wait for something from us"),
    Outcome.CONTACT_LATER: ("LATER", "they want to be called later"),
    Outcome.OPT_OUT: ("NEVER", "they asked never to be contacted again"),
    Outcome.NOT_INTERESTED: ("NO", "they are not interested"),
    Outcome.UNQUALIFIED: ("UNQUALIFIED", "they do not qualify (a note after a comma)"),
    Outcome.BAD_NUMBER: ("WRONG", "the number is wrong"),
}
CAN_BE_UNDONE = frozenset(_SAYS) - {Outcome.OPT_OUT, Outcome.BAD_NUMBER}


def hint(number: int) -> str:
    return (
        f"Text RESULT C{number} and LATER FRI 3PM, FOLLOWUP, NO, UNQUALIFIED, WRONG or NEVER; or NO ANSWER C{number}."
    )


def reported(
    number: int, who: str, outcome: Outcome, later_at: datetime | None, clock: Clock, *, do_not_call: bool = False
) -> str:
    when = "" if later_at is None else f" {clock.say(later_at)}"
    said = f"C{number}: {_SAYS[outcome].format(who=who, when=when)}."
    if do_not_call and outcome is not Outcome.OPT_OUT:
        return f"{said} They asked before not to be contacted: do not call unless they text START."
    return f"{said} To take it back: RESULT C{number} UNDO." if outcome in CAN_BE_UNDONE else said


def accepted(who: str, outcome: Outcome, later_at: datetime | None, clock: Clock) -> str:
    when = "" if later_at is None else f" {clock.say(later_at)}"
    said = _SAYS[outcome].format(who=who, when=when)
    return f"Done: {said}."


def ask_back(number: int, read: Unclear, clock: Clock) -> str:
    """Each thing it may mean, with the words that say it beyond doubt."""
    ways = []
    if read.unanswered:
        ways += [f"NO ANSWER C{number} if nobody answered", f"LEFT MESSAGE C{number} if you left one"]
    if read.later_at is not None:
        ways.append(f"RESULT C{number} LATER {clock.say(read.later_at).upper()} if they are to be called then")
    if read.outcome is not None:
        word, meaning = _IF[read.outcome]
        ways.append(f"RESULT C{number} {word} if {meaning}")
    return f"Nothing is noted yet. Text {', or '.join(ways)}."


def when_unclear(number: int, found: datetime | None, clock: Clock) -> str:
    if found is not None:
        return f"Time not understood. Did you mean RESULT C{number} LATER {clock.say(found).upper()}?"
    return f"Time not understood. Say it like RESULT C{number} LATER TOMORROW 10AM or LATER FRI 3PM."


def no_such_call(number: int) -> str:
    return f"There is no call C{number} of yours."


def no_such_lead_or_call(of: str, number: int) -> str:
    return no_such_call(number) if of == "C" else f"There is no lead L{number} of yours."


def attempt_noted(who: str, *, left_message: bool) -> str:
    how = "you left them a message" if left_message else "you tried to reach them"
    return f"Noted for {who}: {how}. What is to be done stays open."


def taken_back(number: int, who: str, outcome: Outcome) -> str:
    was = outcome.value.replace("_", " ")
    return (
        f'C{number}: "{was}" is taken back. Stage, tasks and cadences of {who} are as before. '
        "Texts that left, changes of owner and what workflows did stay."
    )


def nothing_to_undo(number: int) -> str:
    return f"Nothing was reported of C{number} in the last 15 minutes that could be taken back."


def not_undone(who: str, outcome: Outcome) -> str:
    if outcome is Outcome.OPT_OUT:
        return f"Not taken back: {who} asked not to be contacted, and only they can undo that, by texting START."
    return f"Not taken back: the number of {who} is never used again. An admin can correct the lead."
