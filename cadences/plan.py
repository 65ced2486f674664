"""What does this enrolment do now? Pure: the same answer for the same facts and instant, with every reason.

Steps are walked from where the enrolment stands. What was chosen or waited for on the way is final only when a step
acts or a later wait begins: a text that must wait for the morning is asked about again then, its window included.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cadences.definitions import CONTACTS, Step
from cadences.waits import SEARCH, wait_end
from sami.domain.assignment.matching import mismatch
from sami.domain.consent.permission import NEVER, Channel, ContactFacts, next_permitted
from sami.domain.language.hours import end_of_day, to_local
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.stages import OPEN_STAGES
from sami.domain.leads.tags import has_tag
from sami.domain.organisation.document import Action

FINISHED = "every step was taken"
AFTER_A_CALL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """One lead in one cadence. A wait counts from `step_from`; `zones` are all the lead may live in, never empty.

    `text` and `call`: what their phone permits, None without a phone. `contacted_at`: texts and calls of any cadence
    to this lead lately. `organisation_zone` is for conditions about hours. `on_the_phone`: with us, at this moment.
    """

    steps: tuple[Step, ...]
    position: int
    step_from: datetime
    inquiry: Inquiry
    zones: tuple[str, ...]
    organisation_zone: str
    text: ContactFacts | None
    call: ContactFacts | None
    contacted_at: tuple[datetime, ...] = ()
    contacts_per_day: int = 3
    on_the_phone: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """A wait that was over, or what was chosen, on the way to what is done."""

    position: int
    why: str


@dataclass(frozen=True, slots=True)
class Send:
    """This step acts now."""

    position: int
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """This step would act now, and cannot."""

    position: int
    why: str
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing before `until`. The enrolment then stands at `position`, waiting since `step_from`."""

    until: datetime
    why: str
    position: int
    step_from: datetime
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """The enrolment is over. `position`: where it stands then."""

    state: EnrolmentState
    why: str
    position: int
    passed: tuple[Passed, ...] = ()


Next = Send | LeaveOut | Wait | Stop


@dataclass(frozen=True, slots=True)
class _Way:
    """What lies between where the enrolment stands and the step looked at. `wait`, begun at `began_at`, came last."""

    since: datetime
    passed: tuple[Passed, ...] = ()
    wait: Action | None = None
    began_at: datetime = NEVER

    def past(self, position: int, why: str) -> "_Way":
        return replace(self, passed=(*self.passed, Passed(position, why)))


def next_action(facts: EnrolmentFacts, at: datetime) -> Next:
    over = _over(facts)
    if over is not None:
        return Stop(EnrolmentState.CANCELLED, over, facts.position)
    position, way = facts.position, _Way(facts.step_from)
    while position < len(facts.steps):
        step = facts.steps[position]
        if step.acts:
            return _act(step, facts, at, way)
        if step.action.do == "wait":
            until = wait_end(step.action, way.since, facts.zones, at)
            if until > at:
                return Wait(until, wait_words(step.action), position, way.since, way.passed)
            position, way = step.next, _waited(way, step, facts)
            continue
        holds = _holds(step.action, facts, at)
        if step.action.do == "stop_if" and holds is not None:
            return Stop(EnrolmentState.COMPLETED, holds, position, way.past(position, holds).passed)
        position, way = _choose(step, holds, way)
    return Stop(EnrolmentState.COMPLETED, FINISHED, position, way.passed)


def move_to(facts: EnrolmentFacts, position: int, since: datetime) -> EnrolmentFacts:
    return replace(facts, position=position, step_from=since)


def look_again_at(facts: EnrolmentFacts, at: datetime) -> datetime | None:
    """When what stands next may begin at the earliest; None where nothing does."""
    if facts.position >= len(facts.steps):
        return None
    step = facts.steps[facts.position]
    return wait_end(step.action, facts.step_from, facts.zones, at) if step.action.do == "wait" else at


def wait_words(wait: Action) -> str:
    said = [wait.for_ or "", f"between {wait.between}" if wait.between else "", f"on {wait.on}" if wait.on else ""]
    return "waits " + ", ".join(part for part in said if part)


def _waited(way: _Way, step: Step, facts: EnrolmentFacts) -> _Way:
    """A wait after this one counts from when this one could be over, however late that is seen."""
    over_at = wait_end(step.action, way.since, facts.zones, way.since)
    return replace(way.past(step.position, "over"), since=over_at, wait=step.action, began_at=way.since)


def _choose(step: Step, holds: str | None, way: _Way) -> tuple[int, _Way]:
    if step.action.do == "stop_if":
        return step.next, way.past(step.position, "goes on")
    chosen, why = (step.next, f"then: {holds}") if holds is not None else (step.otherwise, "else")
    return chosen, way.past(step.position, why)


def _over(facts: EnrolmentFacts) -> str | None:
    """What ends any cadence, whatever comes next."""
    if facts.inquiry.stage not in OPEN_STAGES:
        return f"the lead is {facts.inquiry.stage}"
    channels = [contact for contact in (facts.text, facts.call) if contact is not None]
    if any(contact.opted_out for contact in channels):
        return "they opted out"
    if any(contact.bad_number for contact in channels):
        return "their number is bad"
    if channels and all(contact.barred_until == NEVER for contact in channels):
        return "they are not to be contacted"
    return None


def _holds(choice: Action, facts: EnrolmentFacts, at: datetime) -> str | None:
    """Why all that is asked holds; None where something does not."""
    said: list[str] = []
    if choice.stage:
        if facts.inquiry.stage not in choice.stage:
            return None
        said.append(f"the lead is {facts.inquiry.stage}")
    if choice.tag is not None:
        if not has_tag(facts.inquiry.tags, choice.tag):
            return None
        said.append(f"it has the tag {choice.tag}")
    if choice.when is not None:
        if mismatch(choice.when, facts.inquiry, at, facts.organisation_zone) is not None:
            return None
        said.append("its condition holds")
    return " and ".join(said)


def _act(step: Step, facts: EnrolmentFacts, at: datetime, way: _Way) -> Next:
    if step.action.do not in CONTACTS:
        return Send(step.position, way.passed)
    channel = Channel.TEXT if step.action.do == "text_lead" else Channel.CALL
    contact = facts.text if channel is Channel.TEXT else facts.call
    left_out = _impossible(contact, channel)
    if left_out is not None or contact is None:
        return LeaveOut(step.position, left_out or "", way.passed)
    if facts.on_the_phone:
        return Wait(at + AFTER_A_CALL, "they are on the phone with us", facts.position, facts.step_from)
    found = _earliest(facts, contact, at, way)
    if found is None and way.wait is not None:
        # The wait's window and the permitted hours never meet: it was waited for long enough.
        found = _earliest(facts, contact, at, _Way(way.since))
        if found is not None and found[0] > at:
            return Wait(*found, step.position, way.since, way.passed)
    if found is None:
        return LeaveOut(step.position, "no hour is permitted in every zone they may live in", way.passed)
    # It stays where it was: a choice on the way is made again when its time has come.
    return Send(step.position, way.passed) if found[0] == at else Wait(*found, facts.position, facts.step_from)


def _impossible(contact: ContactFacts | None, channel: Channel) -> str | None:
    if contact is None:
        return "no phone of theirs is known"
    if contact.landline and channel is Channel.TEXT:
        return "their phone is a landline"
    if contact.barred_until == NEVER:
        return f"they want no {channel}"
    return None


def _earliest(facts: EnrolmentFacts, contact: ContactFacts, at: datetime, way: _Way) -> tuple[datetime, str] | None:
    """The first instant at which date, limit, hour and the window waited for all permit it, and why not before."""
    found, why = at, ""
    if contact.barred_until is not None and contact.barred_until > at:
        found, why = contact.barred_until, "they are not to be contacted before"
    latest = found + SEARCH
    while found <= latest:
        later = _not_before(facts, contact, found, way)
        if later is None:
            return None
        if later[0] == found:
            return found, why
        found, why = later
    return None


def _not_before(facts: EnrolmentFacts, contact: ContactFacts, at: datetime, way: _Way) -> tuple[datetime, str] | None:
    """What of limit, hour and window is furthest away, and how far; None where no hour is ever permitted."""
    permitted = next_permitted(contact.zones, at, contact.hours)
    if permitted is None:
        return None
    asked = [
        (permitted, "quiet hours"),
        (_when_under_limit(facts, at), f"{facts.contacts_per_day} texts and calls of cadences that day"),
    ]
    if way.wait is not None:
        asked.append((wait_end(way.wait, way.began_at, facts.zones, at), wait_words(way.wait)))
    return max(asked)


def _when_under_limit(facts: EnrolmentFacts, at: datetime) -> datetime:
    """`at` where the lead may hear from a cadence once more that day; else when the next local day begins."""
    ends = [_end_of_day(zone, at) for zone in facts.zones if _heard(facts, zone, at) >= facts.contacts_per_day]
    return max(ends, default=at)


def _heard(facts: EnrolmentFacts, zone: str, at: datetime) -> int:
    today = to_local(at, zone).date()
    return sum(1 for contacted_at in facts.contacted_at if to_local(contacted_at, zone).date() == today)


def _end_of_day(zone: str, at: datetime) -> datetime:
    return end_of_day(to_local(at, zone).date(), zone)
