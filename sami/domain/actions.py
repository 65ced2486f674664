"""What does one line of an admin's make happen? One vocabulary, shared by outcomes and workflows."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sami.domain.concerned import Concerned, Person
from sami.domain.durations import read_duration
from sami.domain.effects import (
    AddTag,
    AssignOwner,
    ChangeStage,
    CreateTask,
    Effect,
    RemoveTag,
    SendText,
    WriteTimeline,
)
from sami.domain.organisation import Action
from sami.domain.phone import E164, is_landline
from sami.domain.sentences import fill
from sami.domain.stages import Stage, may_move
from sami.domain.tags import has_tag

DUE_UNLESS_SAID = "5 minutes"

# What changes the lead comes first and as written: notices, tasks and texts then speak of and reach the new owner, and
# a policy sees the tags it is asked about.
_THEN = ("note", "task", "notify", "text_lead")
ASSIGNING = frozenset({"assign_by_policy", "assign_to"})
_OF_A_LEAD = ASSIGNING | {"change_stage", "add_tag", "remove_tag", "note"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What an action may look at.

    `by` is "workflow" or "outcome", `name` which one, for the lead's history. `key` names the occasion, `task_key` its
    tasks: what has the same key happens once. `notice` is said to our people from `line`, `text` to the lead from
    `lead_line`, where the admin wrote no words; `values` stand for placeholders. `asked_at` is the call or text that
    this answers. `stage` and `tags` None: not read, so they are looked at when the effect is written.
    """

    by: str
    name: str
    key: str
    task_key: str
    at: datetime
    concerned: Concerned
    values: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    text: str = ""
    line: E164 | None = None
    lead_line: E164 | None = None
    lead_id: int | None = None
    phone: E164 | None = None
    call: str | None = None
    asked_at: datetime | None = None
    stage: Stage | None = None
    tags: Collection[str] | None = None

    @property
    def cause(self) -> str:
        return f"{self.by} {self.name}"


@dataclass(frozen=True, slots=True)
class Acted:
    """What an action makes true. `left_out` says why it comes to nothing more than what `effects` may note of it."""

    effects: tuple[Effect, ...] = ()
    left_out: str | None = None


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
        "lead.first_name": _first(lead_name) if lead_name else "there",
        "owner.name": owner_name,
        "owner.first_name": _first(owner_name) if owner else owner_name,
        "organisation.name": organisation,
    }


def _assigned_before(_facts: Facts, _action: Action, _number: int) -> Acted:
    return Acted()


def _assign_to(facts: Facts, action: Action, _number: int) -> Acted:
    key = action.agent or ""
    new_owner, owner = facts.concerned.people.get(key), facts.concerned.owner
    if new_owner is None:
        return Acted(left_out=f"{key} is no active agent")
    if owner is not None and owner.id == new_owner.id:
        return Acted(left_out=f"{key} owns the lead already")
    from_id = None if owner is None else owner.id
    return Acted((AssignOwner(_lead(facts), from_id, new_owner.id, why=facts.cause, by=facts.by),))


def _change_stage(facts: Facts, action: Action, _number: int) -> Acted:
    stage = action.stage
    assert stage is not None, "the document's checks ask for it"
    if facts.stage is stage:
        return Acted(left_out=f"the lead is {stage} already")
    refused = facts.stage is not None and not may_move(facts.stage, stage)
    left_out = f"a lead may not go from {facts.stage} to {stage}" if refused else None
    return Acted((ChangeStage(_lead(facts), stage, why="", by=facts.cause),), left_out)


def _add_tag(facts: Facts, action: Action, _number: int) -> Acted:
    tag = action.tag or ""
    if facts.tags is not None and has_tag(facts.tags, tag):
        return Acted(left_out=f"the lead has the tag {tag} already")
    return Acted((AddTag(_lead(facts), tag, by=facts.cause),))


def _remove_tag(facts: Facts, action: Action, _number: int) -> Acted:
    tag = action.tag or ""
    if facts.tags is not None and not has_tag(facts.tags, tag):
        return Acted(left_out=f"the lead has no tag {tag}")
    return Acted((RemoveTag(_lead(facts), tag, by=facts.cause),))


def _note(facts: Facts, action: Action, _number: int) -> Acted:
    return Acted((WriteTimeline(_lead(facts), "note", fill(action.say or "", facts.values), facts.call),))


def _task(facts: Facts, action: Action, number: int) -> Acted:
    """Without anybody to do it, it is in the admins' queue."""
    owner = next(iter(facts.concerned.whom(action.who or "owner")), None)
    task = CreateTask(
        dedupe_key=f"{facts.task_key}/{number}",
        title=fill(action.title or "", facts.values),
        owner_id=owner.id if owner else None,
        due_at=facts.at + read_duration(action.due or DUE_UNLESS_SAID),
        lead_id=facts.lead_id,
        call=facts.call,
    )
    return Acted((task,))


def _notify(facts: Facts, action: Action, _number: int) -> Acted:
    told = facts.concerned.whom(action.who or "owner")
    if facts.line is None or not told:
        return Acted(left_out="no line of ours could send it" if told else "there is nobody to tell, not even an admin")
    body = fill(action.say, facts.values) if action.say else facts.notice
    return Acted(tuple(_notices(facts, facts.line, told, body)))


def notice_key(key: str, agent: str) -> str:
    """Once for each person and occasion, whatever they are besides."""
    return f"{key}/notice/{agent}"


def _notices(facts: Facts, line: E164, told: Iterable[Person], body: str) -> Iterator[SendText]:
    for person in told:
        yield SendText(
            to=person.phone,
            line=line,
            body=body,
            dedupe_key=notice_key(facts.key, person.key),
            call=facts.call,
            lead_id=facts.lead_id,
            agent_id=person.id,
        )


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
        body=fill(action.say or facts.text, facts.values),
        dedupe_key=f"{facts.key}/lead/{number}",
        call=facts.call,
        lead_id=facts.lead_id,
        for_lead=True,
        asked_at=facts.asked_at,
    )
    return Acted((text,))


def _lead(facts: Facts) -> int:
    assert facts.lead_id is not None, "an action on a lead is left out where there is none"
    return facts.lead_id


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
}
