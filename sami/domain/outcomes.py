"""What came of a call: eight names, and what each makes happen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sami.domain.durations import read_duration
from sami.domain.effects import AssignOwner, CreateTask, Effect, SendText, WriteTimeline
from sami.domain.organisation import Action, Bot
from sami.domain.phone import E164, is_landline
from sami.domain.sentences import caller_name, fill, sentence


class Outcome(StrEnum):
    SUCCESSFUL_TRANSFER = "successful_transfer"
    MISSED_TRANSFER = "missed_transfer"
    NEEDS_FOLLOW_UP = "needs_follow_up"
    CONTACT_LATER = "contact_later"
    OPT_OUT = "opt_out"
    NOT_INTERESTED = "not_interested"
    UNQUALIFIED = "unqualified"
    BAD_NUMBER = "bad_number"


TRANSFER_OUTCOMES = frozenset({Outcome.SUCCESSFUL_TRANSFER, Outcome.MISSED_TRANSFER})

# What an admin who wrote no actions gets.
DEFAULT_ACTIONS: Mapping[Outcome, tuple[Action, ...]] = {
    Outcome.SUCCESSFUL_TRANSFER: (Action(do="notify", who="owner"), Action(do="notify", who="account_owner")),
    Outcome.MISSED_TRANSFER: (Action(do="notify", who="owner"), Action(do="text_lead")),
    Outcome.NEEDS_FOLLOW_UP: (Action(do="notify", who="owner"),),
    Outcome.OPT_OUT: (Action(do="note", say="Asked not to be contacted again."), Action(do="notify", who="owner")),
}

# Reassigning runs before notices and tasks, so that both reach the new owner.
_ORDER = ("assign_to", "note", "task", "notify", "text_lead")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of ours who may own a task or be told. `due_at` is when a task made now would be due for them."""

    id: int
    key: str
    name: str
    phone: E164
    due_at: datetime
    due_text: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What an outcome may look at. With no `owner` of the lead, tasks and notices go to the admins' queue."""

    sid: str
    at: datetime
    arrived_at: datetime
    line: E164
    line_name: str
    organisation: str
    queue_due_at: datetime
    caller: E164 | None = None
    lead_id: int | None = None
    lead_name: str = ""
    owner: Person | None = None
    account_owner: Person | None = None
    managers: tuple[Person, ...] = ()
    admins: tuple[Person, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    answered_by: Person | None = None
    answered_name: str = ""
    abandoned: bool = False
    recording_url: str | None = None


def consequences(outcome: Outcome, bot: Bot | None, call: CallFacts) -> tuple[Effect, ...]:
    """Everything the outcome makes happen: what always does, then the admin's actions, reassignment first."""
    actions = sorted(_actions(outcome, bot), key=lambda action: _ORDER.index(action.do))
    effects: list[Effect] = []
    for action in (a for a in actions if a.do == "assign_to"):
        call, assigned = _reassign(action, outcome, call)
        effects += assigned
    effects += _always(outcome, bot, call)
    for number, action in enumerate(a for a in actions if a.do != "assign_to"):
        effects += _act(action, number, outcome, bot, call)
    return tuple(effects)


def _actions(outcome: Outcome, bot: Bot | None) -> tuple[Action, ...]:
    edited = {} if bot is None else {Outcome(name): rules.actions for name, rules in bot.outcomes.items()}
    return edited.get(outcome, DEFAULT_ACTIONS.get(outcome, ()))


def _reassign(action: Action, outcome: Outcome, call: CallFacts) -> tuple[CallFacts, list[Effect]]:
    new_owner = call.people.get(action.agent or "")
    if new_owner is None or call.lead_id is None or (call.owner and call.owner.id == new_owner.id):
        return call, []
    from_id = None if call.owner is None else call.owner.id
    effect = AssignOwner(call.lead_id, from_id, new_owner.id, why=f"outcome {outcome}", by="outcome")
    return replace(call, owner=new_owner), [effect]


def _always(outcome: Outcome, bot: Bot | None, call: CallFacts) -> list[Effect]:
    """The part no admin can edit away: the one task of a missed transfer, the owner of a lead without one."""
    match outcome:
        case Outcome.MISSED_TRANSFER:
            return [_task("missed", "missed_task", bot, call)]
        case Outcome.NEEDS_FOLLOW_UP:
            return [_task("message", "message_task", bot, call)]
        case Outcome.SUCCESSFUL_TRANSFER if call.owner is None and call.answered_by and call.lead_id:
            why = "accepted the call of a lead without owner"
            return [AssignOwner(call.lead_id, None, call.answered_by.id, why=why, by="call")]
        case _:
            return []


def _task(occasion: str, wording: str, bot: Bot | None, call: CallFacts) -> CreateTask:
    return CreateTask(
        dedupe_key=f"{occasion}/{call.sid}",
        title=sentence(bot, wording, who=_who(call)),
        owner_id=call.owner.id if call.owner else None,
        due_at=call.owner.due_at if call.owner else call.queue_due_at,
        lead_id=call.lead_id,
        call=call.sid,
        recording_url=call.recording_url,
    )


def _act(action: Action, number: int, outcome: Outcome, bot: Bot | None, call: CallFacts) -> Iterator[Effect]:
    match action.do:
        case "notify":
            for person in _addressed(action.who or "owner", call):
                yield _notice(action, person, outcome, bot, call)
        case "task":
            yield _extra_task(action, number, call)
        case "note" if call.lead_id is not None:
            yield WriteTimeline(call.lead_id, "note", fill(action.say or "", _values(call)), call.sid)
        case "text_lead" if call.caller is not None and not is_landline(call.caller):
            said = action.say or sentence(bot, "sorry_text", organisation=call.organisation)
            yield SendText(
                to=call.caller,
                line=call.line,
                body=fill(said, _values(call)),
                dedupe_key=f"{outcome}/{call.sid}/lead/{number}",
                call=call.sid,
                lead_id=call.lead_id,
                for_lead=True,
                asked_at=call.at,
            )


def _addressed(who: str, call: CallFacts) -> tuple[Person, ...]:
    """Nothing is ever addressed to nobody: a missing owner or manager means the admins."""
    match who:
        case "owner":
            return (call.owner,) if call.owner else call.admins
        case "account_owner":
            return (call.account_owner,) if call.account_owner else call.admins
        case "managers":
            return call.managers or call.admins
        case "admins":
            return call.admins
        case key:
            return (call.people[key],) if key in call.people else call.admins


def _notice(action: Action, person: Person, outcome: Outcome, bot: Bot | None, call: CallFacts) -> SendText:
    return SendText(
        to=person.phone,
        line=call.line,
        body=fill(action.say, _values(call)) if action.say else _notice_text(outcome, bot, call),
        dedupe_key=f"{outcome}/{call.sid}/notice/{person.key}",
        call=call.sid,
        lead_id=call.lead_id,
        agent_id=person.id,
    )


def _notice_text(outcome: Outcome, bot: Bot | None, call: CallFacts) -> str:
    values = {"who": _who(call), "caller": _caller(call), "line": call.line_name}
    match outcome:
        case Outcome.SUCCESSFUL_TRANSFER:
            return sentence(bot, "answered_text", agent=call.answered_name or "A person", **values)
        case Outcome.MISSED_TRANSFER:
            name = "abandoned_text" if call.abandoned else "missed_text"
            return sentence(bot, name, due=call.owner.due_text if call.owner else "in 5 minutes", **values)
        case Outcome.NEEDS_FOLLOW_UP:
            return sentence(bot, "message_text", **values)
        case _:
            return sentence(bot, "outcome_text", outcome=str(outcome).replace("_", " "), **values)


def _extra_task(action: Action, number: int, call: CallFacts) -> CreateTask:
    owner = next(iter(_addressed(action.who or "owner", call)), None)
    return CreateTask(
        dedupe_key=f"task/{call.sid}/{number}",
        title=fill(action.title or "", _values(call)),
        owner_id=owner.id if owner else None,
        due_at=call.at + read_duration(action.due or "5 minutes"),
        lead_id=call.lead_id,
        call=call.sid,
    )


def _who(call: CallFacts) -> str:
    return caller_name(call.lead_name, call.caller)


def _caller(call: CallFacts) -> str:
    return call.caller or "withheld"


def _values(call: CallFacts) -> dict[str, str]:
    owner = call.owner.name if call.owner else call.organisation
    return {
        "lead.name": call.lead_name,
        "lead.first_name": call.lead_name.split(" ")[0] if call.lead_name else "there",
        "owner.name": owner,
        "owner.first_name": owner.split(" ")[0] if call.owner else owner,
        "organisation.name": call.organisation,
        "line.name": call.line_name,
        "call.caller": _caller(call),
    }
