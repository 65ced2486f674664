"""What would this lead get from this cadence, and when? Played through by the same plan; nothing is written.

Branches and stop_ifs are decided for the lead as it is now, and as the steps before change it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cadences.definitions import CONTACTS, Step
from cadences.plan import EnrolmentFacts, LeaveOut, Passed, Send, Stop, Wait, move_to, next_action
from cadences.words import words_of
from sami.domain.consent.permission import NEVER, ContactFacts
from sami.domain.language.actor import ActorKind
from sami.domain.language.durations import read_length
from sami.domain.language.phone import E164
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.leads.stages import OPEN_STAGES, Stage
from sami.domain.leads.tags import with_tag, without_tag
from sami.domain.organisation.document import Action
from sami.domain.outcomes.actions import Facts, act, placeholders_of
from sami.domain.outcomes.recipients import Recipients

HORIZON = timedelta(days=3_660)
BEYOND = "it goes on for more than ten years"
UNTIL_RESUMED = "paused until somebody resumes it"


@dataclass(frozen=True, slots=True)
class Moment:
    """What would happen at an instant. `said`: its words, or what was chosen; `left_out`: why it cannot happen."""

    at: datetime
    position: int
    do: str
    said: str
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    at: datetime
    state: EnrolmentState
    why: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Besides the facts of the plan: who is concerned, our line, and what bars the phone itself by text and by call."""

    key: str
    organisation: str
    recipients: Recipients
    line: E164 | None
    phone_barred: tuple[datetime | None, datetime | None] = (None, None)


def play(facts: EnrolmentFacts, setting: Setting, at: datetime) -> Iterator[Moment | Ending]:
    """From `at` on; the last one is the ending."""
    latest = at + HORIZON
    while at <= latest:
        decided = next_action(facts, at)
        yield from _chosen(facts, decided.passed, at)
        match decided:
            case Wait(until, _, position, step_from):
                facts, at = move_to(facts, position, step_from), until
            case Stop(state, why, _):
                yield Ending(at, state, why)
                return
            case LeaveOut(position, why):
                step = facts.steps[position]
                yield _moment(step, facts, setting, at, why)
                facts = move_to(facts, step.next, at)
            case Send(position):
                step = facts.steps[position]
                left_out = act(step.action, 0, _seen(facts, setting, at)).left_out
                yield _moment(step, facts, setting, at, left_out)
                facts = move_to(facts, step.next, at)
                if left_out is not None:
                    continue
                after = _after(step.action, facts, setting, at)
                if isinstance(after, Ending):
                    yield after
                    return
                facts, setting, at = after
    yield Ending(latest, EnrolmentState.ACTIVE, BEYOND)


def _chosen(facts: EnrolmentFacts, passed: tuple[Passed, ...], at: datetime) -> Iterator[Moment]:
    for each in passed:
        do = facts.steps[each.position].action.do
        if do != "wait":
            yield Moment(at, each.position, do, each.why)


def _moment(step: Step, facts: EnrolmentFacts, setting: Setting, at: datetime, left_out: str | None = None) -> Moment:
    values = placeholders_of(facts.inquiry.name, setting.recipients.owner, setting.organisation)
    return Moment(at, step.position, step.action.do, words_of(step.action, values), left_out)


def _seen(facts: EnrolmentFacts, setting: Setting, at: datetime) -> Facts:
    """What the action itself may look at, once the plan lets it act."""
    return Facts(
        by=ActorKind.CADENCE,
        name=setting.key,
        key="",
        task_key="",
        at=at,
        recipients=setting.recipients,
        line=setting.line,
        lead_line=setting.line,
        lead_id=facts.inquiry.id,
        phone=facts.inquiry.phone,
        stage=Stage(facts.inquiry.stage),
        tags=facts.inquiry.tags,
    )


def _after(
    action: Action, facts: EnrolmentFacts, setting: Setting, at: datetime
) -> tuple[EnrolmentFacts, Setting, datetime] | Ending:
    """The lead as the step leaves it, and when the next step is looked at."""
    if action.do in CONTACTS:
        return replace(facts, contacted_at=(*facts.contacted_at, at)), setting, at
    match action.do:
        case "change_stage":
            (stage,) = action.stage
            if stage not in OPEN_STAGES:
                return Ending(at, EnrolmentState.CANCELLED, f"the lead is {stage}")
            return replace(facts, inquiry=replace(facts.inquiry, stage=stage.value)), setting, at
        case "add_tag" | "remove_tag":
            change = with_tag if action.do == "add_tag" else without_tag
            tags = tuple(change(facts.inquiry.tags, action.tag or ""))
            return replace(facts, inquiry=replace(facts.inquiry, tags=tags)), setting, at
        case "assign_to":
            owner = setting.recipients.people.get(action.agent or "")
            return facts, replace(setting, recipients=replace(setting.recipients, owner=owner)), at
        case "cancel_cadences" if action.cadence in (None, setting.key):
            return Ending(at, EnrolmentState.CANCELLED, f"by its own step, for {action.cadence or 'all cadences'}")
        case "pause_cadences" if action.for_ is None:
            return Ending(at, EnrolmentState.PAUSED, UNTIL_RESUMED)
        case "pause_cadences":
            return facts, setting, at + read_length(action.for_ or "")
        case "do_not_contact":
            return _barred(action, facts, setting, at), setting, at
    return facts, setting, at


def _barred(action: Action, facts: EnrolmentFacts, setting: Setting, at: datetime) -> EnrolmentFacts:
    until = NEVER if action.for_ is None else at + read_length(action.for_)
    text, call = (_until(until, phone) for phone in setting.phone_barred)
    return replace(facts, text=_with(facts.text, text), call=_with(facts.call, call))


def _until(of_lead: datetime, of_phone: datetime | None) -> datetime:
    return of_lead if of_phone is None else max(of_lead, of_phone)


def _with(contact: ContactFacts | None, barred_until: datetime) -> ContactFacts | None:
    return None if contact is None else replace(contact, barred_until=barred_until)
