"""What does one line of an admin's make happen? One vocabulary, shared by outcomes, workflows and cadences."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sami.domain.language.actor import Actor, ActorKind
from sami.domain.language.durations import read_duration, read_length
from sami.domain.language.names import first_name, is_speakable, without_name
from sami.domain.language.phone import E164, is_landline
from sami.domain.leads.stages import Stage, may_move
from sami.domain.leads.tags import has_tag
from sami.domain.organisation.document import Action
from sami.domain.organisation.sentences import caller_name, cut, fill
from sami.domain.outcomes.effects import (
    AddTag,
    Announce,
    AssignOwner,
    CancelCadences,
    ChangeStage,
    CreateTask,
    DoNotContact,
    Effect,
    Enrol,
    PauseCadences,
    PlaceCall,
    PostToSlack,
    RemoveTag,
    SendEmail,
    SendText,
    TellInApp,
    WriteTimeline,
)
from sami.domain.outcomes.recipients import Person, Recipients, said_length

NO_NAME = "there"  # As in "Hi there".

# What changes the lead comes first and as written: notices, tasks and texts then speak of and reach the new owner, and
# a policy sees the tags it is asked about.
_THEN = ("note", "task", "notify", "text_lead", "call_lead", "enrol")
ASSIGNING = frozenset({"assign_by_policy", "assign_to"})
_OUTREACH = frozenset({"enrol", "pause_cadences", "cancel_cadences", "do_not_contact"})
_OF_A_LEAD = ASSIGNING | _OUTREACH | {"change_stage", "add_tag", "remove_tag", "note", "call_lead"}
NOTICE_EVENT = "notice"
SUBJECT_LENGTH_MAX = 80
TOLD_LENGTH_MAX = 120
DO_NOT_CALL = "They asked not to be contacted: do not call."
_OF_EVERYBODY = frozenset({"slack", "webhook"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What an action may look at.

    `by` is a workflow, an outcome or a cadence, `name` which one, for the lead's history. `key` names the occasion,
    `task_key` its tasks: what has the same key happens once. `notice` is said to our people from `line`, `text` to the
    lead from `lead_line`, where the admin wrote no words; `values` stand for placeholders. `asked_at` is the call or
    text that this answers, `later_at` when the lead wants to be contacted. `is_urgent`: somebody waits, so notices do
    not, and are told again where nobody knows whether they arrived. `asks_contact`: its notices and tasks ask our
    people to contact the lead. `do_not_call`: the lead asked not to be contacted, which notices then say.
    `must_be_seen`: its notices are never only counted. `done_by`: the agent who did what there is to tell. `enrolment`:
    a step of this one. `stage` and `tags` None: not read, so they are looked at when the effect is written.
    """

    by: ActorKind
    name: str
    key: str
    task_key: str
    at: datetime
    recipients: Recipients
    values: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    text: str = ""
    line: E164 | None = None
    lead_line: E164 | None = None
    lead_id: int | None = None
    phone: E164 | None = None
    call: str | None = None
    asked_at: datetime | None = None
    later_at: datetime | None = None
    is_urgent: bool = False
    asks_contact: bool = False
    do_not_call: bool = False
    must_be_seen: bool = False
    done_by: str | None = None
    enrolment: int | None = None
    stage: Stage | None = None
    tags: Collection[str] | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.by, self.name)

    @property
    def cause(self) -> str:
        return self.actor.written

    @property
    def occasion(self) -> str | None:
        """What a call came to: all that is said for it is cancelled together."""
        return f"{self.name}/{self.call}" if self.by is ActorKind.OUTCOME else None

    @property
    def reason(self) -> str:
        return self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action makes true. `left_out` says why it comes to nothing more than what `effects` may note of it."""

    effects: tuple[Effect, ...] = ()
    left_out: str | None = None


UNDO: Mapping[str, str] = {
    "assign_by_policy": "Reassign the lead to who had it: sami reassign.",
    "assign_to": "Reassign the lead to who had it: sami reassign.",
    "change_stage": "Change the stage back; the last two stages are reversible too.",
    "add_tag": "Remove the tag.",
    "remove_tag": "Add the tag again.",
    "note": "A timeline is never changed: write another note.",
    "task": "Text DONE and its number, or put it off with SNOOZE.",
    "notify": "What was said stays said.",
    "text_lead": "What was said stays said; while it waits, whatever cancels its cadence takes it back.",
    "call_lead": "A call that was placed stays placed; one that still waits ends with an opt-out.",
    "enrol": "Cancel the cadence: sami cadences cancel.",
    "pause_cadences": "Resume them: sami cadences resume.",
    "cancel_cadences": "What was cancelled does not go on: enrol the lead anew.",
    "do_not_contact": "Set another end: sami consent set.",
    "wait": "Nothing became true that could be undone.",
    "stop_if": "What was stopped does not go on: enrol the lead anew.",
    "branch": "Nothing became true that could be undone.",
}
"""How what each verb made true is undone, or why it cannot be."""


def in_order(actions: Iterable[Action]) -> list[Action]:
    """Whatever changes the lead first, as written; then what is noted, to be done and said."""
    return sorted(actions, key=lambda action: _THEN.index(action.do) + 1 if action.do in _THEN else 0)


def asks_the_policy(action: Action) -> bool:
    return action.do == "assign_by_policy"


def gives_an_owner(action: Action) -> bool:
    return action.do in ASSIGNING


def act(action: Action, number: int, facts: Facts) -> Acted:
    """`number` tells equal actions of one occasion apart.

    The policy decides from more than an action may look at: whoever carries actions out asks it before, and there is
    nothing left to do here.
    """
    if facts.lead_id is None and action.do in _OF_A_LEAD:
        return Acted(left_out="there is no lead")
    return _ACTS[action.do](facts, action, number)


def placeholders_of(lead_name: str, owner: Person | None, organisation: str) -> dict[str, str]:
    """What an admin's words may say of any lead; without an owner the organisation speaks for itself."""
    owner_name = owner.name if owner else organisation
    return {
        "lead.name": lead_name,
        "lead.first_name": first_name(lead_name) or NO_NAME,
        "owner.name": owner_name,
        "owner.first_name": _first(owner_name) if owner else owner_name,
        "organisation.name": organisation,
    }


def _assigned_before(_facts: Facts, _action: Action, _number: int) -> Acted:
    return Acted()


def _assign_to(facts: Facts, action: Action, _number: int) -> Acted:
    key = action.agent or ""
    new_owner, owner = facts.recipients.people.get(key), facts.recipients.owner
    if new_owner is None:
        return Acted(left_out=f"{key} is no active agent")
    if owner is not None and owner.id == new_owner.id:
        return Acted(left_out=f"{key} owns the lead already")
    from_id = None if owner is None else owner.id
    return Acted((AssignOwner(_lead(facts), from_id, new_owner.id, why=facts.cause, by=Actor(facts.by)),))


def _change_stage(facts: Facts, action: Action, _number: int) -> Acted:
    (stage,) = action.stage  # The document's checks ask for exactly one.
    if facts.stage is stage:
        return Acted(left_out=f"the lead is {stage} already")
    refused = facts.stage is not None and not may_move(facts.stage, stage)
    left_out = f"a lead may not go from {facts.stage} to {stage}" if refused else None
    return Acted((ChangeStage(_lead(facts), stage, why="", by=facts.actor),), left_out)


def _add_tag(facts: Facts, action: Action, _number: int) -> Acted:
    tag = action.tag or ""
    if facts.tags is not None and has_tag(facts.tags, tag):
        return Acted(left_out=f"the lead has the tag {tag} already")
    return Acted((AddTag(_lead(facts), tag, by=facts.actor),))


def _remove_tag(facts: Facts, action: Action, _number: int) -> Acted:
    tag = action.tag or ""
    if facts.tags is not None and not has_tag(facts.tags, tag):
        return Acted(left_out=f"the lead has no tag {tag}")
    return Acted((RemoveTag(_lead(facts), tag, by=facts.actor),))


def _note(facts: Facts, action: Action, _number: int) -> Acted:
    return Acted((WriteTimeline(_lead(facts), "note", _to_us(action.say or "", facts), facts.call),))


def _task(facts: Facts, action: Action, number: int) -> Acted:
    """Without an owner it is in the admins' queue. When the lead asked for a time, that is when it is due."""
    who = action.who or "owner"
    owner = facts.recipients.owner if who == "owner" else next(iter(facts.recipients.whom(who)), None)
    length = read_duration(said_length(action.due))
    later_at = None if action.due else facts.later_at
    due_at = facts.at + length if owner is None else owner.due_after(facts.at, length)
    task = CreateTask(
        dedupe_key=f"{facts.task_key}/{number}",
        title=_to_us(action.title or "", facts),
        owner_id=owner.id if owner else None,
        due_at=later_at or due_at,
        lead_id=facts.lead_id,
        call=facts.call,
        asks_contact=facts.asks_contact,
        occasion=facts.task_key,
    )
    return Acted((task,))


def _notify(facts: Facts, action: Action, _number: int) -> Acted:
    """On each channel that the admin wrote; what cannot be said on one of them is said on the others."""
    told = facts.recipients.whom(action.who or "owner")
    if not action.say:
        told = tuple(person for person in told if person.key != facts.done_by)
        if not told and facts.done_by is not None:
            return Acted(left_out="whoever would be told did it themselves")
    body = _to_us(action.say, facts) if action.say else facts.notice
    if facts.do_not_call and "do not call" not in body.casefold():
        body = f"{body} {DO_NOT_CALL}"
    effects: list[Effect] = []
    for channel in action.by:
        effects += _NOTICES[channel](facts, told, body)
    if effects:
        return Acted((*effects, *_line(facts, "notice", f"{_addressed(action, told)}: {cut(body, TOLD_LENGTH_MAX)}")))
    return Acted(left_out="no line of ours could send it" if told else "there is nobody to tell, not even an admin")


def _addressed(action: Action, told: Iterable[Person]) -> str:
    """Ana and Ben by text and email; a channel of everybody's names nobody."""
    personal = [channel for channel in action.by if channel not in _OF_EVERYBODY]
    names = " and ".join(person.name for person in told) if personal else ""
    channels = " and ".join(channel.capitalize() if channel == "slack" else channel for channel in action.by)
    return f"Notice to {names} by {channels}" if names else f"Notice by {channels}"


def _line(facts: Facts, kind: str, text: str) -> tuple[WriteTimeline, ...]:
    return () if facts.lead_id is None else (WriteTimeline(facts.lead_id, kind, text, facts.call),)


def notice_key(key: str, agent: str) -> str:
    """Once for each person and occasion, whatever they are besides."""
    return f"{key}/notice/{agent}"


def _by_text(facts: Facts, told: Iterable[Person], body: str) -> Iterator[Effect]:
    if facts.line is None:
        return
    for person in told:
        yield SendText(
            to=person.phone,
            line=facts.line,
            body=body,
            dedupe_key=notice_key(facts.key, person.key),
            call=facts.call,
            lead_id=facts.lead_id,
            agent_id=person.id,
            can_wait=not facts.is_urgent,
            asks_contact=facts.asks_contact,
            must_be_seen=facts.must_be_seen,
            occasion=facts.occasion,
            repeats_when_lost=facts.is_urgent,
        )


def _by_email(facts: Facts, told: Iterable[Person], body: str) -> Iterator[Effect]:
    for person in told:
        notice = notice_key(facts.key, person.key)
        yield SendEmail(
            person.id,
            cut(body, SUBJECT_LENGTH_MAX),
            body,
            f"{notice}/email",
            facts.call,
            facts.lead_id,
            can_wait=not facts.is_urgent,
            asks_contact=facts.asks_contact,
            notice=notice,
            occasion=facts.occasion,
            repeats_when_lost=facts.is_urgent,
        )


def _in_app(facts: Facts, told: Iterable[Person], body: str) -> Iterator[Effect]:
    for person in told:
        notice = notice_key(facts.key, person.key)
        yield TellInApp(
            person.id,
            body,
            f"{notice}/app",
            facts.call,
            facts.lead_id,
            can_wait=not facts.is_urgent,
            notice=notice,
            occasion=facts.occasion,
            repeats_when_lost=facts.is_urgent,
        )


def _to_slack(facts: Facts, _told: Iterable[Person], body: str) -> Iterator[Effect]:
    key = f"{facts.key}/notice/slack"
    yield PostToSlack(body, key, facts.call, facts.lead_id, asks_contact=facts.asks_contact, occasion=facts.occasion)


def _by_webhook(facts: Facts, told: Iterable[Person], body: str) -> Iterator[Effect]:
    payload = {"text": body, "who": [person.key for person in told], "lead": facts.lead_id, "call": facts.call}
    yield Announce(NOTICE_EVENT, payload, f"{facts.key}/notice/webhook", facts.call, facts.lead_id, facts.occasion)


def _text_lead(facts: Facts, action: Action, number: int) -> Acted:
    """Whether it may leave now, or ever, is asked when it leaves."""
    if facts.phone is None:
        return Acted(left_out="no phone of theirs is known")
    if is_landline(facts.phone):
        return Acted(left_out="their phone is a landline")
    if facts.lead_line is None:
        return Acted(left_out="no line of ours could send it")
    text = SendText(
        to=facts.phone,
        line=facts.lead_line,
        body=addressed(action.say or facts.text, facts.values),
        dedupe_key=f"{facts.key}/lead/{number}",
        call=facts.call,
        lead_id=facts.lead_id,
        for_lead=True,
        asked_at=facts.asked_at,
        enrolment=facts.enrolment,
        occasion=facts.occasion,
    )
    return Acted((text,))


def _call_lead(facts: Facts, action: Action, number: int) -> Acted:
    """Whether they may be called now, or ever, is asked when the call is placed."""
    if facts.phone is None:
        return Acted(left_out="no phone of theirs is known")
    if facts.lead_line is None:
        return Acted(left_out="no line of ours could call")
    call = PlaceCall(
        _lead(facts),
        facts.phone,
        facts.lead_line,
        f"{facts.key}/call/{number}",
        message=addressed(action.message or "", facts.values),
        enrolment=facts.enrolment,
        of_call=facts.call,
        asked_at=facts.asked_at,
        occasion=facts.occasion,
    )
    return Acted((call,))


def _enrol(facts: Facts, action: Action, _number: int) -> Acted:
    return Acted((Enrol(_lead(facts), action.cadence or "", facts.actor, facts.lead_line),))


def _pause_cadences(facts: Facts, action: Action, _number: int) -> Acted:
    until = facts.later_at if action.for_ is None else facts.at + read_length(action.for_)
    return Acted((PauseCadences(_lead(facts), until, facts.reason, facts.actor),))


def _cancel_cadences(facts: Facts, action: Action, _number: int) -> Acted:
    return Acted((CancelCadences(_lead(facts), facts.reason, facts.actor, action.cadence, facts.call),))


def _do_not_contact(facts: Facts, action: Action, _number: int) -> Acted:
    until = facts.later_at if action.for_ is None else facts.at + read_length(action.for_)
    return Acted((DoNotContact(_lead(facts), until, facts.reason, facts.actor),))


def _of_a_cadence(_facts: Facts, action: Action, _number: int) -> Acted:
    """Waits and choices are made before anything is carried out."""
    return Acted(left_out=f"{action.do} belongs into cadences only")


def _lead(facts: Facts) -> int:
    assert facts.lead_id is not None, "an action on a lead is left out where there is none"
    return facts.lead_id


def addressed(text: str, values: Mapping[str, str]) -> str:
    """To people outside nothing is said as a name that is none: anybody may have typed it (S25)."""
    if values.get("lead.first_name") == NO_NAME:
        text = without_name(text, "{lead.first_name}")
    if not is_speakable(values.get("lead.name", "")):
        text = without_name(text, "{lead.name}")
    return fill(text, values)


def _to_us(text: str, facts: Facts) -> str:
    """Our own people know a lead without a name by its phone."""
    values = facts.values
    called = values.get("lead.name") or (
        "a lead without a name" if facts.phone is None else caller_name("", facts.phone)
    )
    first = called if values.get("lead.first_name") == NO_NAME else values.get("lead.first_name", called)
    return fill(text, {**values, "lead.name": called, "lead.first_name": first})


def _first(name: str) -> str:
    return name.split(" ")[0]


_ACTS: Mapping[str, Callable[[Facts, Action, int], Acted]] = {
    "assign_by_policy": _assigned_before,
    "assign_to": _assign_to,
    "change_stage": _change_stage,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "note": _note,
    "task": _task,
    "notify": _notify,
    "text_lead": _text_lead,
    "call_lead": _call_lead,
    "enrol": _enrol,
    "pause_cadences": _pause_cadences,
    "cancel_cadences": _cancel_cadences,
    "do_not_contact": _do_not_contact,
    "wait": _of_a_cadence,
    "stop_if": _of_a_cadence,
    "branch": _of_a_cadence,
}

_NOTICES: Mapping[str, Callable[[Facts, Iterable[Person], str], Iterator[Effect]]] = {
    "text": _by_text,
    "email": _by_email,
    "app": _in_app,
    "slack": _to_slack,
    "webhook": _by_webhook,
}
