"""What does this text ask for? Agents' words, and the carrier's own, which are consent before anything else."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from sami.domain.consent.stop_words import HELP_WORDS, OPT_IN_WORDS, OPT_OUT_WORDS
from sami.domain.language.when import TODAY, is_length, is_when, read_time_of_day
from sami.domain.messages.notices import NoticeChannel, Quiet

OFF_MAX_S = 7 * 24 * 60 * 60
BODY_LENGTH_MAX = 1600


@dataclass(frozen=True, slots=True)
class OptOut:
    word: str


@dataclass(frozen=True, slots=True)
class OptIn:
    word: str


@dataclass(frozen=True, slots=True)
class Help:
    word: str


@dataclass(frozen=True, slots=True)
class SwitchOn:
    pass


@dataclass(frozen=True, slots=True)
class Off:
    """For some seconds, until a time as it was written ("MON 9AM", "TODAY"), or neither, which is plain."""

    for_s: int | None = None
    until: str | None = None

    @property
    def is_plain(self) -> bool:
        return self.for_s is None and self.until is None


@dataclass(frozen=True, slots=True)
class SwitchOff(Off):
    """Plain lasts until the next shift."""


@dataclass(frozen=True, slots=True)
class LeadsOn:
    pass


@dataclass(frozen=True, slots=True)
class LeadsOff(Off):
    """Plain lasts until LEADS ON."""


@dataclass(frozen=True, slots=True)
class Ready:
    pass


@dataclass(frozen=True, slots=True)
class Status:
    pass


@dataclass(frozen=True, slots=True)
class Why:
    pass


@dataclass(frozen=True, slots=True)
class Next:
    pass


@dataclass(frozen=True, slots=True)
class Tasks:
    pass


@dataclass(frozen=True, slots=True)
class Words:
    pass


@dataclass(frozen=True, slots=True)
class Done:
    number: int


@dataclass(frozen=True, slots=True)
class Take:
    """A lead out of the pond, by its number; without one the list is asked for."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """Put a task off; `when` as it was written, such as "2H" or "FRI 3PM"."""

    number: int
    when: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to; `said` is all that follows its number, as it was written."""

    number: int
    said: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A lead was tried and not reached. `of` is "C", the number of the call, or "L", that of the lead."""

    number: int
    of: str = "C"
    left_message: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    """What a lead's text was said to look like is to come true."""

    number: int


@dataclass(frozen=True, slots=True)
class Resume:
    """The cadences of a lead go on that its reply paused."""

    number: int


@dataclass(frozen=True, slots=True)
class CallLead:
    """The sender's own phone is to ring, and then the lead's."""

    number: int


@dataclass(frozen=True, slots=True)
class Notices:
    """Which were not said in full, and which in the app were not read?"""


@dataclass(frozen=True, slots=True)
class WishChannels:
    """How to be told what can wait; none of them: as the admins wrote it."""

    channels: tuple[NoticeChannel, ...]


@dataclass(frozen=True, slots=True)
class WishQuiet:
    """When not to be told what can wait; None: at any hour."""

    quiet: Quiet | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """`hint`: what would have been understood, where the text came close."""

    body: str
    hint: str | None = None


Consent = OptOut | OptIn | Help
Command = (
    Consent
    | SwitchOn
    | SwitchOff
    | LeadsOn
    | LeadsOff
    | Ready
    | Status
    | Why
    | Next
    | Tasks
    | Words
    | Done
    | Take
    | Snooze
    | Result
    | Attempt
    | Accept
    | Resume
    | CallLead
    | Notices
    | WishChannels
    | WishQuiet
    | Unknown
)


def read_text(body: str, synonyms: Mapping[str, str]) -> Command:
    """What an agent's text asks for. Synonyms are read once, so they cannot run in circles."""
    command = read_consent(body) or _read_words(_plain(body), body)
    if isinstance(command, Unknown):
        meanings = {_compact(_plain(word)): meaning for word, meaning in synonyms.items()}
        meaning = meanings.get(_compact(_plain(body)))
        return command if meaning is None else _read_words(_plain(meaning), body)
    return command


def read_consent(body: str) -> Consent | None:
    """The carrier's word that is the whole text, from anybody; None where it is none."""
    word = _compact(_plain(body)).replace("-", "")
    if word in OPT_OUT_WORDS:
        return OptOut(word)
    if word in OPT_IN_WORDS:
        return OptIn(word)
    return Help(word) if word in HELP_WORDS else None


def synonym_problem(word: str, command: str) -> str | None:
    """Why an admin may not let this word mean that command; None where they may."""
    if not _compact(_plain(word)):
        return "A synonym needs a word."
    if read_consent(word) is not None:
        return f'"{word}" is a word of the carrier and always means consent; choose another word.'
    if not isinstance(_read_words(_plain(word), word), Unknown):
        return f'"{word}" is understood already; choose another word.'
    if read_consent(command) is not None or isinstance(_read_words(_plain(command), command), Unknown):
        return f'"{command}" is not a command; write one such as "OFF 60".'
    return None


def _plain(body: str) -> str:
    return _clean(body).upper()


def _clean(body: str) -> str:
    """One kind of space, no invisible characters, no pictures and no closing mark."""
    visible = "".join(
        " " if unicodedata.category(sign) in ("Zs", "Zl", "Zp", "Cc", "So", "Sk") else sign
        for sign in unicodedata.normalize("NFKC", body[:BODY_LENGTH_MAX])
        if unicodedata.category(sign) not in ("Cf", "Mn", "Me") or unicodedata.combining(sign)
    )
    return " ".join(visible.rstrip(" .!?").split())


def _compact(plain: str) -> str:
    return plain.replace(" ", "")


def _read_words(plain: str, body: str) -> Command:
    command = _match(plain, body)
    polite = _POLITE.fullmatch(plain) if isinstance(command, Unknown) else None
    meant = command if polite is None else _match(polite[1], polite[1])
    return command if isinstance(meant, Unknown) else meant


def _match(plain: str, body: str) -> Command:
    for pattern, read in _PATTERNS:
        match = pattern.fullmatch(plain)
        if match is not None:
            return read(body, match)
    return Unknown(body)


def _off_for(kind: type[SwitchOff] | type[LeadsOff], body: str, match: re.Match[str]) -> Command:
    """Minutes unless another unit is said."""
    # Longer numbers are absurd, and a float of thousands of digits is endless.
    seconds = round(float(match[1]) * _UNIT_S[match[2][:1]]) if len(match[1]) < 7 else OFF_MAX_S + 1
    word = _WORD[kind]
    if seconds == 0:
        return Unknown(body, f"{word} 30 is off for 30 minutes. To go on again text {word.replace('OFF', 'ON')}.")
    if seconds > OFF_MAX_S:
        return Unknown(body, f"{word} lasts 7 days at most, such as {word} 2H. For longer text {word} TIL and a date.")
    return kind(for_s=seconds)


def _off_until(kind: type[SwitchOff] | type[LeadsOff], body: str, match: re.Match[str]) -> Command:
    """Read when the command is obeyed, on the agent's own clock; here only whether it can be."""
    words = match[1].strip()
    if words in _NEXT_SHIFT:
        return kind()
    return kind(until=words) if is_when(words) else Unknown(body, _UNTIL_HINT.format(word=_WORD[kind]))


def _off_what(kind: type[SwitchOff] | type[LeadsOff], body: str, match: re.Match[str]) -> Command:
    """A time that may be the end or the beginning; nothing but the end can be meant by TIL."""
    words = match[1].strip()
    if is_length(words):
        return kind(until=words)
    return Unknown(body, f"To be off until then, text {_WORD[kind]} TIL {words}." if is_when(words) else None)


def _off_today(kind: type[SwitchOff] | type[LeadsOff], _body: str, _match: re.Match[str]) -> Command:
    return kind(until=TODAY)


def _hint(hint: str, body: str, _match: re.Match[str]) -> Command:
    return Unknown(body, hint)


def _always(command: Command, _body: str, _match: re.Match[str]) -> Command:
    return command


def _numbered(
    kind: type[Done] | type[Take] | type[Resume] | type[Accept] | type[CallLead],
    letter: str,
    body: str,
    match: re.Match[str],
) -> Command:
    if match[1] not in ("", letter):
        return Unknown(body, _of_another_kind(match[0].split()[0], letter, match[1]))
    return kind(int(match[2])) if len(match[2]) < 10 and int(match[2]) > 0 else Unknown(body)


def _of_another_kind(word: str, letter: str, said: str) -> str:
    word = re.sub("[^A-Z]", "", word.removesuffix(said))
    return f"{word} takes the number of {_NUMBERED[letter]}, such as {word} {letter}12; {said} is {_NUMBERED[said]}."


def _with_words(kind: type[Snooze] | type[Result], letter: str, hint: str, body: str, match: re.Match[str]) -> Command:
    """A number and what is said of it, in the case it was written in."""
    if match[1] not in ("", letter):
        return Unknown(body, _of_another_kind(match[0].split()[0], letter, match[1]))
    number, said = match[2], match[3].strip()
    if not said or len(number) >= 10 or int(number) == 0:
        return Unknown(body, hint)
    clean = _clean(body)
    return kind(int(number), clean[-len(said) :] if clean.upper().endswith(said) else said)


def _attempt(body: str, match: re.Match[str]) -> Command:
    of, number, note = match["of"] or "C", match["number"], match["note"] or ""
    if of == "T" or len(number) >= 10 or int(number) == 0:
        return Unknown(body, _ATTEMPT_HINT)
    clean = _clean(body)
    note = clean[-len(note) :] if note and clean.upper().endswith(note) else note
    return Attempt(int(number), of, match[0].startswith("LEFT"), note)


def _channels(body: str, match: re.Match[str]) -> Command:
    said = match[1].replace(",", " ").replace(" AND ", " ").split()
    known = {channel.value.upper(): channel for channel in NoticeChannel}
    if said == ["ANY"]:
        return WishChannels(())
    if not said or not set(said) <= set(known):
        return Unknown(body, _CHANNELS_HINT)
    return WishChannels(tuple(dict.fromkeys(known[word] for word in said)))


def _quiet(body: str, match: re.Match[str]) -> Command:
    """An hour without AM or PM could be either, so only what is certain is taken."""
    parts = _BETWEEN.split(match[1].strip())
    from_, to = (read_time_of_day(part) for part in parts) if len(parts) == 2 else (None, None)
    if from_ is None or to is None or from_ == to:
        return Unknown(body, _QUIET_HINT)
    return WishQuiet(Quiet(from_, to))


_CHANNELS_HINT = "Say how, such as NOTICES EMAIL APP, with TEXT, EMAIL and APP to choose from, or NOTICES ANY."
_QUIET_HINT = "Say from when to when, such as QUIET 10PM-7AM or QUIET 22:00-07:00, or QUIET OFF."
_BETWEEN = re.compile(r"\s*(?:[-–—]|\bTO\b|\bTIL\b|\bUNTIL\b)\s*")
_NUMBERED = {"C": "a call", "L": "a lead", "T": "a task"}
_NUMBER = "([CLT]?) ?#?([0-9]+)"
_ATTEMPT_HINT = "Say whom you tried by the number of the call, such as NO ANSWER C12 or LEFT MESSAGE C12."
_CALL_HINT = "Say whom by the number of the lead, such as CALL L12."
_SNOOZE_HINT = "Say for how long or until when, such as SNOOZE T12 2H or SNOOZE T12 FRI 3PM."
_RESULT_HINT = (
    "Say what it came to, such as RESULT C12 LATER FRI 3PM, FOLLOWUP, NO, UNQUALIFIED, WRONG or NEVER; "
    "or NO ANSWER C12."
)
_UNTIL_HINT = "Say until when, such as {word} TIL 3PM, {word} TIL FRI or {word} 2H."
_WORD: Mapping[type[SwitchOff] | type[LeadsOff], str] = {SwitchOff: "OFF", LeadsOff: "LEADS OFF"}
_NEXT_SHIFT = frozenset({"NEXT SHIFT", "MY NEXT SHIFT", "THE NEXT SHIFT"})
_UNIT_S = {"": 60, "M": 60, "H": 3600, "D": 86400}
_COUNT = "[0-9]+(?:\\.[0-9]{1,2})?"
_UNIT = "(M|MIN|MINS|MINUTES?|H|HR|HRS|HOURS?|D|DAYS?|)"
_TIL = "[’']?(?:TILL|TIL|UNTIL)"
_TODAY = "(?:(?:FOR )?TODAY|FOR (?:THE REST OF )?THE DAY|ALL DAY)"
_POLITE = re.compile(
    "(?:(?:HI|HEY|HELLO|OK|OKAY|PLEASE|PLS|I[’']?M|I AM|IM|GOING|GO|BACK|NOW)[ ,]+)*(.+?)"
    "(?:[ ,]+(?:PLEASE|PLS|THANKS|THANK YOU|THX|TY|NOW|DUTY|AGAIN))*"
)

_Reading = Callable[[str, re.Match[str]], Command]
_PATTERNS: tuple[tuple[re.Pattern[str], _Reading], ...] = (
    (re.compile("ON"), partial(_always, SwitchOn())),
    (re.compile("OFF"), partial(_always, SwitchOff())),
    (re.compile(rf"OFF ?(?:FOR ?)?({_COUNT}) ?{_UNIT}"), partial(_off_for, SwitchOff)),
    (re.compile(f"OFF ?{_TODAY}"), partial(_off_today, SwitchOff)),
    (re.compile(f"OFF ?(?:{_TIL}|FOR )(.*)"), partial(_off_until, SwitchOff)),
    (re.compile("OFF (.+)"), partial(_off_what, SwitchOff)),
    (re.compile("LEADS ?ON"), partial(_always, LeadsOn())),
    (re.compile("LEADS ?OFF"), partial(_always, LeadsOff())),
    (re.compile(rf"LEADS ?OFF ?(?:FOR ?)?({_COUNT}) ?{_UNIT}"), partial(_off_for, LeadsOff)),
    (re.compile(f"LEADS ?OFF ?{_TODAY}"), partial(_off_today, LeadsOff)),
    (re.compile(f"LEADS ?OFF ?(?:{_TIL}|FOR )(.*)"), partial(_off_until, LeadsOff)),
    (re.compile("LEADS ?OFF (.+)"), partial(_off_what, LeadsOff)),
    (re.compile("READY"), partial(_always, Ready())),
    (re.compile("STATUS"), partial(_always, Status())),
    (re.compile("WHY"), partial(_always, Why())),
    (re.compile("NEXT"), partial(_always, Next())),
    (re.compile("TASKS"), partial(_always, Tasks())),
    (re.compile("WORDS"), partial(_always, Words())),
    (re.compile(f"DONE ?#?{_NUMBER}"), partial(_numbered, Done, "T")),
    (re.compile("TAKE"), partial(_always, Take())),
    (re.compile(f"TAKE ?#?{_NUMBER}"), partial(_numbered, Take, "L")),
    (re.compile(f"OK(?:AY)? ?#?{_NUMBER}"), partial(_numbered, Accept, "L")),
    (re.compile(f"RESUME ?#?{_NUMBER}"), partial(_numbered, Resume, "L")),
    (re.compile(f"CALL ?#?{_NUMBER}"), partial(_numbered, CallLead, "L")),
    (re.compile("CALL(?: .*)?"), partial(_hint, _CALL_HINT)),
    (re.compile(f"SNOOZE ?#?{_NUMBER}(.*)"), partial(_with_words, Snooze, "T", _SNOOZE_HINT)),
    (re.compile(f"RESULT ?#?{_NUMBER}(.*)"), partial(_with_words, Result, "C", _RESULT_HINT)),
    (
        re.compile(
            "(?:NO ?ANSWER|LEFT ?(?:AN? ?)?(?:MESSAGE|MSG|VOICE ?MAIL|VM)) ?#?(?P<of>[CLT]?) ?#?(?P<number>[0-9]+)"
            "(?: ?[,:;–—-] ?(?P<note>.*))?"
        ),
        _attempt,
    ),
    (re.compile("NO ?ANSWER.*|LEFT ?(?:AN? ?)?(?:MESSAGE|MSG|VOICE ?MAIL|VM).*"), partial(_hint, _ATTEMPT_HINT)),
    (re.compile("NOTICES?"), partial(_always, Notices())),
    (re.compile("NOTICES(.*)"), _channels),
    (re.compile("QUIET ?OFF"), partial(_always, WishQuiet(None))),
    (re.compile("QUIET(.*)"), _quiet),
)
