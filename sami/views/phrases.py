"""How the parts of a story are said: people by name, instants on the organisation's clock, what a gate saw."""

from datetime import datetime

from sami.domain.calls.routing import Candidate
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.language.local_time import Clock
from sami.domain.language.trace import Finding
from sami.views.call_story import CallStory, RungPhone, TextSent
from sami.views.formats import said_date, said_detail, said_time

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
    def is_call_back(self) -> bool:
        return self._story.placed is not None and self._story.placed.agent_first

    @property
    def caller(self) -> str:
        """The lead's name and phone, as far as there are any."""
        phone, lead = self._story.caller, self._story.lead
        if phone is None:
            return "A withheld number"
        return f"{lead.name} ({phone})" if lead is not None and lead.name else phone

    def name(self, key: str) -> str:
        return self._story.names.get(key, key)

    def reporter(self, by: Actor) -> str:
        """An agent by name; a program or a person at the shell as they were written down."""
        return self.name(by.key) if by.kind is ActorKind.AGENT else by.written

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
        return said_detail(found, self.day_and_time)

    def time(self, at: datetime) -> str:
        return said_time(at, self._story.zone)

    def date(self, at: datetime) -> str:
        return said_date(at, self._story.zone)

    def day_and_time(self, at: datetime) -> str:
        return self._clock.say(at)
