"""How the parts of a story are said: people by name, instants on the organisation's clock, what a gate saw."""

import re
from datetime import date, datetime

from sami.domain.hours import to_local
from sami.domain.routing import Candidate
from sami.domain.trace import Finding
from sami.domain.wording import Clock
from sami.explanations.story import CallStory, RungPhone, TextSent

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_STAGES = {
    "owner": "The owner",
    "group": "The group",
    "sticky": "Who spoke with the caller last",
    "number": "The one number",
}


class Phrases:
    """The words of one story. Times are said as at its call's arrival."""

    def __init__(self, story: CallStory) -> None:
        self._story = story
        self._clock = Clock(story.arrived_at, story.zone)
        self._phones = {a.phone: self.phone(a) for a in story.attempts}

    @property
    def caller(self) -> str:
        """The lead's name and phone, as far as there are any."""
        phone, lead = self._story.caller, self._story.lead
        if phone is None:
            return "A withheld number"
        return f"{lead.name} ({phone})" if lead is not None and lead.name else phone

    def name(self, key: str) -> str:
        return self._story.names.get(key, key)

    def candidate(self, candidate: Candidate) -> str:
        if candidate.agent is not None:
            return self.name(candidate.agent)
        return f"{candidate.name} ({candidate.phone})" if candidate.name else candidate.phone

    def phone(self, attempt: RungPhone) -> str:
        """Whose phone was rung: an agent's name, a fallback's name or number."""
        return attempt.name or (self.name(attempt.agent) if attempt.agent else attempt.phone)

    def addressee(self, text: TextSent) -> str:
        if text.agent is not None:
            return self.name(text.agent)
        return "the caller" if text.to == self._story.caller else text.to

    def subject(self, subject: str) -> str:
        """What a finding is about: an agent's key, a phone, a stage."""
        if subject in self._story.names:
            return self.name(subject)
        return _STAGES.get(subject) or self._phones.get(subject, subject)

    def detail(self, found: Finding) -> str:
        """What the gate saw, for somebody who reads clocks and not documents."""
        seen = _INSTANT.sub(lambda at: self.day_and_time(datetime.fromisoformat(at[0])), found.detail)
        seen = _DATE.sub(lambda day: _said(date.fromisoformat(day[0])), seen).replace("_", " ")
        return f" ({seen})" if seen else ""

    def time(self, at: datetime) -> str:
        local = to_local(at, self._story.zone)
        return f"{(local.hour - 1) % 12 + 1}:{local:%M:%S} {'AM' if local.hour < 12 else 'PM'}"

    def date(self, at: datetime) -> str:
        return f"{_said(to_local(at, self._story.zone).date())}, {to_local(at, self._story.zone).year}"

    def day_and_time(self, at: datetime) -> str:
        return self._clock.say(at)


def seconds(count: float) -> str:
    """31 s, 4 min 10 s."""
    minutes, rest = divmod(round(count), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _said(day: date) -> str:
    return f"{day:%a %b} {day.day}"
