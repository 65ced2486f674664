"""The words that agents text, as people are told of them: what each looks like, and what it does."""

from dataclasses import dataclass
from typing import Any

from sami.domain.messages.staff_keywords import (
    Accept,
    Attempt,
    CallLead,
    Done,
    LeadsOff,
    LeadsOn,
    Next,
    Notices,
    Ready,
    Result,
    Resume,
    Snooze,
    Status,
    SwitchOff,
    SwitchOn,
    Take,
    Tasks,
    Why,
    WishChannels,
    WishQuiet,
    Words,
)


@dataclass(frozen=True, slots=True)
class Word:
    """Each example is read as one of these commands."""

    examples: tuple[str, ...]
    does: str
    commands: tuple[type[Any], ...]


STAFF_WORDS = (
    Word(
        ("ON",), "ends off, pause and wrap-up; never rings outside hours, nor before the phone is verified", (SwitchOn,)
    ),
    Word(
        ("OFF",),
        "until the first shift that begins after the running one has ended (the next one, where none runs); without "
        "hours until eight tomorrow; seven days at most. It never shortens an off that ends later or has no end",
        (SwitchOff,),
    ),
    Word(("OFF 30", "OFF 2H", "OFF 1.5H", "OFF FOR AN HOUR", "OFF TODAY"), "for so long", (SwitchOff,)),
    Word(
        ("OFF TIL 3PM", "OFF TIL NOON", "OFF TIL TOMORROW", "OFF TIL FRI", "OFF TIL MON 9AM", "OFF TIL DEC 12"),
        "until then; a bare day means its first opening, else eight",
        (SwitchOff,),
    ),
    Word(
        ("LEADS ON", "LEADS OFF", "LEADS OFF 2H", "LEADS OFF TIL FRI"),
        "new leads, with the same times",
        (LeadsOn, LeadsOff),
    ),
    Word(("READY",), "ends wrap-up, rest and pause, not an off", (Ready,)),
    Word(
        ("STATUS", "WHY", "NEXT"),
        "how it stands, why the last call passed by, the next shifts",
        (Status, Why, Next),
    ),
    Word(("TASKS", "DONE T12", "SNOOZE T12 2H"), "what is to be done", (Tasks, Done, Snooze)),
    Word(("TAKE", "TAKE L12"), "leads that nobody owns", (Take,)),
    Word(
        ("RESULT C12 LATER FRI 3PM", "NO ANSWER C12", "LEFT MESSAGE C12"),
        "what a call came to (docs/outcomes.md)",
        (Result, Attempt),
    ),
    Word(("CALL L12",), "rings you, and the lead when you press 1, through our number", (CallLead,)),
    Word(
        ("OK L12",),
        "what the lead's text looks like comes true: a task then, no contact until then, the number marked, the lead "
        "put away",
        (Accept,),
    ),
    Word(("RESUME L12",), "the cadences of a lead go on that its reply paused", (Resume,)),
    Word(("NOTICES",), "what was only counted, or not read in the app", (Notices,)),
    Word(
        ("NOTICES EMAIL", "QUIET 10PM-7AM"),
        "how to be told what can wait (docs/notices.md)",
        (WishChannels, WishQuiet),
    ),
    Word(("WORDS",), "all of these, the admin's own synonyms too", (Words,)),
)
