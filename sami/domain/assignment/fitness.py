"""May this agent be given this lead? Every check runs, because people ask "why not me?" and want all the answers."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sami.domain.agents.gates import AgentFacts
from sami.domain.language.languages import language_code
from sami.domain.language.trace import Finding, Reason
from sami.domain.leads.inquiry import Inquiry
from sami.domain.organisation.document import Caps

LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent has and may have. `today` and `this_hour` count the leads they were given, an hour is the last 60
    minutes; both are read only where a cap asks for them.
    """

    open_leads: int = 0
    open_tasks: int = 0
    today: int = 0
    this_hour: int = 0
    caps: Caps = field(default_factory=Caps)
    licences: tuple[str, ...] = ()

    @property
    def weight(self) -> int:
        """The measure by which the least loaded agent is found."""
        return self.open_leads + self.open_tasks


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lead asks of its owner. `by_name`: switches and caps do not count, only that the agent is there.

    `taken_from` are owners who are not asked again. `verified`: only whose phone is may have it.
    """

    inquiry: Inquiry
    required: tuple[str, ...] = ()
    on_duty: bool = False
    by_name: bool = False
    taken_from: tuple[str, ...] = ()
    verified: bool = False


def refusals(agent: AgentFacts, load: Load, wanted: Wanted) -> tuple[Finding, ...]:
    """The findings of the checks that refused; empty where the agent may have the lead."""
    return tuple(Finding(agent.key, False, reason, detail) for reason, detail in _refusals(agent, load, wanted))


def requirements(agent: AgentFacts, load: Load, wanted: Wanted) -> tuple[Finding, ...]:
    """Only what makes somebody unfit to keep a lead they own: gone, or without what the law or the lead asks for."""
    gone = () if agent.active else ((Reason.INACTIVE, ""),)
    return tuple(Finding(agent.key, False, reason, detail) for reason, detail in (*gone, *_unfit(agent, load, wanted)))


def _refusals(agent: AgentFacts, load: Load, wanted: Wanted) -> Iterator[tuple[Reason, str]]:
    if not agent.active:
        yield Reason.INACTIVE, ""
    if agent.key in wanted.taken_from:
        yield Reason.HAD_IT_BEFORE, ""
    if agent.away_through is not None:
        yield Reason.OUT_OF_OFFICE, f"through {agent.away_through.isoformat()}"
    yield from _unfit(agent, load, wanted)
    if wanted.by_name:
        return
    if wanted.verified and not agent.verified:
        yield Reason.UNVERIFIED, ""
    if not agent.leads_on:
        yield Reason.LEADS_OFF, ""
    yield from _full(load)
    if wanted.on_duty and not (agent.calls_on and agent.open_now):
        yield Reason.OFF_DUTY, ""


def _unfit(agent: AgentFacts, load: Load, wanted: Wanted) -> Iterator[tuple[Reason, str]]:
    state, language = wanted.inquiry.state, wanted.inquiry.attribute(LANGUAGE)
    if "licence" in wanted.required and (state is None or state.upper() not in load.licences):
        held = ", ".join(load.licences) or "none"
        yield Reason.LACKS_LICENCE, f"the lead's state is {state or 'not known'}, licences: {held}"
    if "language" in wanted.required and language and not _speaks(agent, str(language)):
        yield Reason.LACKS_LANGUAGE, str(language)


def _full(load: Load) -> Iterator[tuple[Reason, str]]:
    caps = load.caps
    for reason, count, cap in (
        (Reason.CAP_OPEN_LEADS, load.open_leads, caps.open_leads),
        (Reason.CAP_LEADS_PER_DAY, load.today, caps.leads_per_day),
        (Reason.CAP_LEADS_PER_HOUR, load.this_hour, caps.leads_per_hour),
    ):
        if cap is not None and count >= cap:
            yield reason, f"{count} of {cap}"


def _speaks(agent: AgentFacts, language: str) -> bool:
    """A skill may be called by the language's name or by its code."""
    wanted = language_code(language).casefold()
    return any(language_code(skill).casefold() == wanted for skill in agent.skills)
