"""Which instant do people mean by "FRI 3PM", "tomorrow at ten" or "in 2 hours"?

Words are read in the local time of `zone`. Months stand before days, as Americans write them. An hour from 1 to 7
without AM or PM is in the afternoon; a date without a time is at 10:00. What could be meant is listed as dates and
times, and the first of them that is still to come is the answer: so a time that has passed means tomorrow, a weekday
the next one, and "today at 9" in the afternoon means nothing.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta

from sami.domain.language.hours import from_local, to_local

AHEAD_MAX = timedelta(days=731)
"""Nobody plans a call for a year after the next; who seems to has mistyped."""

TODAY = "TODAY"
"""Until the day is over."""

Dates = tuple[date, ...]
Times = tuple[time, ...]


def read_when(words: str, zone: str, now: datetime) -> datetime | None:
    """The instant in UTC, always after `now`; None where the words, all of them, are no time of the future."""
    return _read(_plain(words).split(), zone, now)


def read_day(words: str, zone: str, now: datetime) -> date | None:
    """The local date, today or later, where the words name one and no time."""
    meant = [word for word in _plain(words).split() if word not in _FILLERS]
    today = to_local(now, zone).date()
    return next((day for day in _dates(" ".join(meant), today) if today <= day <= today + AHEAD_MAX), None)


def is_when(words: str) -> bool:
    """Whether the words, all of them, are a time, be it past or to come."""
    plain = _plain(words).split()
    meant = [word for word in plain if word not in _FILLERS]
    any_year = (date(year, 1, 1) for year in range(2024, 2036))  # "Tue Dec 29" is a date in some years only.
    is_date_or_time = any(True for today in any_year for _ in _halves(meant, today))
    return len(plain) <= _WORDS_MAX and (is_length(words) or is_date_or_time)


def is_length(words: str) -> bool:
    """Whether they say how long, in minutes or hours."""
    return _IN_TIME.fullmatch(_plain(words)) is not None


def read_time_of_day(words: str) -> time | None:
    """Only what is beyond doubt: with AM or PM, in 24 hours, or noon."""
    found = _times(_plain(words))
    digits = re.match(r"\d{1,2}(?=[:.]\d\d|(?!\d))", words.strip())
    has_half = re.search(r"[AP]\.? ?M?\b", words.upper()) is not None
    in_24_hours = digits is not None and (
        int(digits[0]) > 12 or digits[0].startswith("0") or re.match(r"\d\d[:.]", words.strip()) is not None
    )
    is_certain = has_half or in_24_hours or words.strip()[:1].isalpha()
    return found[0] if len(found) == 1 and is_certain else None


def find_when(words: str, zone: str, now: datetime) -> datetime | None:
    """The first time that a sentence names, with as many of its words as belong to it."""
    for run in _runs(_plain(words[:_SENTENCE_MAX]).split()):
        for size in range(min(len(run), _WORDS_MAX), 0, -1):
            for start in range(len(run) - size + 1):
                window = run[start : start + size]
                found = _read(window, zone, now) if _is_certain(window) else None
                if found is not None:
                    return found
    return None


_SENTENCE_MAX = 320
_WORDS_MAX = 9


def _read(words: list[str], zone: str, now: datetime) -> datetime | None:
    if len(words) > _WORDS_MAX:
        return None
    elapsed = _IN_TIME.fullmatch(" ".join(words))
    if elapsed is not None:
        after = float(elapsed[1]) * (timedelta(minutes=1) if elapsed[2] == "MINUTE" else timedelta(hours=1))
        after += int(elapsed[3] or 0) * timedelta(minutes=1)
        return now + after if after else None
    meant = [word for word in words if word not in _FILLERS]
    today = to_local(now, zone).date()
    for dates, times in _halves(meant, today):
        days = (day for day in dates if today <= day <= today + AHEAD_MAX)
        instants = (from_local(datetime.combine(day, hour), zone) for day in days for hour in times)
        found = next((at for at in instants if at > now), None)
        if found is not None:
            return found
    return None


def _halves(words: list[str], today: date) -> Iterator[tuple[Dates, Times]]:
    """A date and a time in either order, or one of them alone; what is a date as a whole has no time in it."""
    whole = _dates(" ".join(words), today)
    if whole:
        yield whole, _TODAYS if whole == (today,) else (_MORNING,)
        return
    for at in range(len(words) + 1):
        left, right = " ".join(words[:at]), " ".join(words[at:])
        for day, hour in ((left, right), (right, left)):
            dates, times = _dates(day, today), _times(hour)
            if dates and times:
                yield dates, times
            elif times and not day:
                yield (today, today + _DAY), times


# --- Words: as few spellings as there are meanings.

_DAY = timedelta(days=1)
_MORNING = time(10)
_TODAYS = (_MORNING, time(14), time(17), time(19))
_PARTS: dict[str, Times] = {
    "MORNING": (_MORNING,),
    "NOON": (time(12),),
    "MIDNIGHT": (time(0),),
    "AFTERNOON": (time(14), time(16)),
    "EVENING": (time(18), time(19), time(20)),
}
_FILLERS = frozenset({"AT", "ON", "THE", "OF", "AROUND", "ABOUT", "AFTER", "LIKE", "SOMETIME", "OCLOCK"})
_SAYS_WHEN = frozenset({"IN", "NEXT", "TOMORROW"})
_LEADS_A_TIME = frozenset({"AT", "AFTER", "AROUND", "ABOUT"})

_WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER",
           "NOVEMBER", "DECEMBER")  # fmt: skip
_NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN", "ELEVEN", "TWELVE")

_SPELLINGS: dict[str, str] = {
    **{name[:3]: name for name in (*_WEEKDAYS, *_MONTHS)},
    **{f"{name}S": name for name in _WEEKDAYS},
    **{"TUES": "TUESDAY", "WEDS": "WEDNESDAY", "THUR": "THURSDAY", "THURS": "THURSDAY", "SEPT": "SEPTEMBER"},
    **dict.fromkeys(("TMRW", "TMR", "TMRO", "TOMMOROW", "TOMOROW", "TOMORROWS", "TOMMORROW", "2MORROW"), "TOMORROW"),
    **dict.fromkeys(("M", "MIN", "MINS", "MINUTES"), "MINUTE"),
    **dict.fromkeys(("H", "HR", "HRS", "HOURS"), "HOUR"),
    **{"DAYS": "DAY", "WEEKS": "WEEK", "MONTHS": "MONTH", "WK": "WEEK", "WKS": "WEEK"},
    **{
        "NIGHT": "EVENING",
        "MIDDAY": "NOON",
        "LUNCHTIME": "NOON",
        "TONIGHT": "TODAY EVENING",
        "TONITE": "TODAY EVENING",
    },
    **{number: str(value) for value, number in enumerate(_NUMBERS, 1)},
}
_PHRASES = (
    (re.compile(r"[’'`]"), ""),
    (re.compile(r"\b([AP])\. ?M\b\.?"), r"\1M"),
    (re.compile(r"@"), " AT "),
    (re.compile(r"[,;!?()\"]|\.(?!\d)|(?<!\d)\."), " "),
    (re.compile(r"\b(\d{1,2}(?:[:.]?\d\d)?) ?([AP])M?\b"), r"\1\2M"),
    (re.compile(r"\b(\d{1,3}(?:\.\d{1,2})?)(M|MIN|MINS|H|HR|HRS)\b"), r"\1 \2"),
    (re.compile(r"\b(\d{1,2})H(\d{1,2})(?:M|MIN)?\b"), r"\1 HOUR \2 MINUTE"),
    (re.compile(r"\b(\d{1,2})(?:ST|ND|RD|TH)\b"), r"\1TH"),
    (re.compile(r"\b(\d{1,2}(?:[:.]\d\d)?(?:[AP]M)?) TONIGHT\b"), r"TONIGHT \1"),
    (re.compile(r"\bO CLOCK\b"), "OCLOCK"),
    (re.compile(r"\b(?:HALF|1/2)(?: AN?)? HOUR\b"), "30 MINUTE"),
    (re.compile(r"\b(?:AN?|1|ONE) HOUR AND A HALF\b"), "90 MINUTE"),
    (re.compile(r"\bA COUPLE(?: OF)?\b"), "2"),
    (re.compile(r"\bAN? (?=(?:MIN|HOUR|HR|DAY|WEEK|MONTH))"), "1 "),
    (re.compile(r"\bLATER TODAY\b"), "TODAY"),
    (re.compile(r"\bTHIS (?=MORNING|AFTERNOON|EVENING)"), "TODAY "),
    (re.compile(r"\bIN THE (?=MORNING|AFTERNOON|EVENING)"), ""),
    (re.compile(r"\b(\d{1,3}) (MINUTE|HOUR|DAY|WEEK|MONTH) FROM NOW\b"), r"IN \1 \2"),
)


def _plain(words: str) -> str:
    plain = " ".join(words.upper().split())
    for pattern, meant in _PHRASES:
        plain = pattern.sub(meant, plain)
    plain = " ".join(_SPELLINGS.get(word, word) for word in plain.split())
    return " ".join(_PHRASES[-1][0].sub(_PHRASES[-1][1], plain).split())


_SPANS = frozenset({"MINUTE", "HOUR", "DAY", "WEEK", "MONTH"})
_KNOWN = frozenset({*_FILLERS, *_WEEKDAYS, *_MONTHS, *_PARTS, *_SPANS})
_KNOWN |= {"TODAY", "TOMORROW", "IN", "NEXT", "THIS", "COMING"}
_DIGITS = re.compile(
    r"\d{1,2}(?:[:.]?\d\d)?(?:[AP]M)?|\d{1,3}|\d{1,2}TH|\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{4}(?:-\d\d-\d\d)?"
)


def _runs(words: list[str]) -> Iterator[list[str]]:
    """Stretches of words that may belong to a time."""
    run: list[str] = []
    for word in words:
        if word in _KNOWN or _DIGITS.fullmatch(word):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _is_certain(words: list[str]) -> bool:
    """A number or a part of the day alone may be about anything, unless a word before it says that it is a time."""
    meant = [word for word in words if word not in _FILLERS]
    if len(meant) != 1:
        # "30 minutes" may be how long something takes; "in 30 minutes" is when.
        return not _SPANS.intersection(words) or not _SAYS_WHEN.isdisjoint(words)
    alone = meant[0]
    if alone in _PARTS:
        return alone == "NOON"
    if alone.isdecimal() and len(alone) > 2:
        return False  # The number of a house, a year, a price.
    return not alone.isdecimal() or (words[0] in _LEADS_A_TIME and words[-1] == alone)


# --- Dates.

_IN_TIME = re.compile(r"(?:IN )?(\d{1,3}(?:\.\d{1,2})?) (MINUTE|HOUR)(?: (?:AND )?(\d{1,2}) MINUTE)?")
_WEEKDAY = "|".join(_WEEKDAYS)
_MONTH = "|".join(_MONTHS)
_WEEKDAY_AND_DATE = re.compile(rf"({_WEEKDAY}) ((?:{_MONTH}|\d).+)")


def _dates(words: str, today: date) -> Dates:
    """Which dates these words may mean, the likeliest first; none where they are no date."""
    named = _WEEKDAY_AND_DATE.fullmatch(words)
    if named is not None:  # "Tue Dec 29": both must be true.
        return tuple(day for day in _dates(named[2], today) if day.weekday() == _WEEKDAYS.index(named[1]))
    for pattern, reading in _DATE_PATTERNS:
        found = pattern.fullmatch(words)
        if found is not None:
            try:
                return reading(found, today)
            except (ValueError, OverflowError):
                return ()  # There is no 30 February.
    return ()


def _weekday(found: re.Match[str], today: date) -> Dates:
    first = today + (_WEEKDAYS.index(found[2]) - today.weekday()) % 7 * _DAY
    if found[1] == "NEXT":
        return (_monday_after(today) + _WEEKDAYS.index(found[2]) * _DAY,)
    return first, first + 7 * _DAY


def _monday_after(today: date) -> date:
    return today + (7 - today.weekday()) * _DAY


def _after(found: re.Match[str], today: date) -> Dates:
    count = int(found[1])
    if found[2] == "MONTH":
        return (_months_on(today, count),)
    return (today + count * (7 if found[2] == "WEEK" else 1) * _DAY,)


def _months_on(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(day.month - 1 + months, 12)
    first_after = date(day.year + years + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(day.year + years, month + 1, 1) + (day.day - 1) * _DAY, first_after - _DAY)


def _day_of_month(found: re.Match[str], today: date) -> Dates:
    """This month's, or the next one that has such a day."""
    months = (_months_on(today.replace(day=1), ahead) for ahead in range(4))
    days = (first + (int(found[1]) - 1) * _DAY for first in months)
    return tuple(day for day in days if day.day == int(found[1]))[:2]


def _month_named(found: re.Match[str], today: date) -> Dates:
    return _dated(today, _MONTHS.index(found["month"]) + 1, int(found["day"]), found["year"])


def _month_numbered(found: re.Match[str], today: date) -> Dates:
    return _dated(today, int(found["month"]), int(found["day"]), found["year"])


def _dated(today: date, month: int, day: int, year: str | None) -> Dates:
    """Without a year: this year's, or the next one that has such a day (leap years)."""
    if year is not None:
        return (date(int(year) + (2000 if len(year) == 2 else 0), month, day),)
    found = []
    for each in range(today.year, today.year + 9):
        try:
            found.append(date(each, month, day))
        except ValueError:
            continue
    return tuple(found[:2])


_DATE_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Dates]], ...] = (
    (re.compile("TODAY"), lambda _, today: (today,)),
    (re.compile("TOMORROW"), lambda _, today: (today + _DAY,)),
    (re.compile("DAY TOMORROW"), lambda _, today: (today + 2 * _DAY,)),  # "the day after tomorrow"
    (re.compile(rf"(?:(NEXT|THIS|COMING) )?({_WEEKDAY})"), _weekday),
    (re.compile("NEXT WEEK"), lambda _, today: (_monday_after(today),)),
    (re.compile("NEXT MONTH"), lambda _, today: (_months_on(today.replace(day=1), 1),)),
    (re.compile(r"(?:IN )?(\d{1,3}) (DAY|WEEK|MONTH)"), _after),
    (re.compile(r"(\d{1,2})TH"), _day_of_month),
    (re.compile(rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:TH)?(?: (?P<year>\d{{4}}))?"), _month_named),
    (re.compile(rf"(?P<day>\d{{1,2}})(?:TH)? (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?"), _month_named),
    (re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?"), _month_numbered),
    (re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"), _month_numbered),
)


# --- Times.

_PART = "|".join(_PARTS)
_TIME = re.compile(rf"(?:({_PART}) )?(\d{{1,2}})(?:[:.]?(\d\d))?(AM|PM)?(?: ({_PART}))?")


def _times(words: str) -> Times:
    """Which times of the day these words may mean; none where they are no time."""
    if words in _PARTS:
        return _PARTS[words]
    found = _TIME.fullmatch(words)
    if found is None or (found[1] and found[5]):
        return ()
    hour, minute, part = int(found[2]), int(found[3] or 0), found[1] or found[5]
    half = found[4] or (None if found[2].startswith("0") else _half_of(part, hour))
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return ()
    return (time(hour % 12 + (12 if half == "PM" else 0) if half else hour, minute),)


def _half_of(part: str | None, hour: int) -> str | None:
    if not 1 <= hour <= 12:
        return None
    if part is not None:
        return "AM" if part == "MORNING" else "PM"
    return "PM" if hour <= 7 or hour == 12 else "AM"
