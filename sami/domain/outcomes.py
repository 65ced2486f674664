"""What came of a call: eight names, and what each makes happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sami.domain.actions import Facts, act, gives_an_owner, in_order, placeholders_of
from sami.domain.concerned import Concerned, Person
from sami.domain.effects import AssignOwner, CreateTask, Effect
from sami.domain.organisation import Action, Bot
from sami.domain.phone import E164
from sami.domain.sentences import caller_name, sentence


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
    actions = in_order(actions_of(outcome, bot))
    effects: list[Effect] = []
    for action in filter(gives_an_owner, actions):
        assigned = act(action, 0, _facts(outcome, bot, call)).effects
        effects += assigned
        if assigned:
            call = replace(call, owner=call.people[action.agent or ""])
    effects += _always(outcome, bot, call)
    facts = _facts(outcome, bot, call)
    for number, action in enumerate(action for action in actions if not gives_an_owner(action)):
        effects += act(action, number, facts).effects
    return tuple(effects)


def actions_of(outcome: Outcome, bot: Bot | None) -> tuple[Action, ...]:
    """What the admin wrote, else the defaults."""
    edited = {} if bot is None else {Outcome(name): rules.actions for name, rules in bot.outcomes.items()}
    return edited.get(outcome, DEFAULT_ACTIONS.get(outcome, ()))


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


def _facts(outcome: Outcome, bot: Bot | None, call: CallFacts) -> Facts:
    """The call as actions see it."""
    of_the_call = {"line.name": call.line_name, "call.caller": _caller(call)}
    return Facts(
        by="outcome",
        name=str(outcome),
        key=f"{outcome}/{call.sid}",
        task_key=f"task/{call.sid}",
        at=call.at,
        concerned=Concerned(call.owner, call.account_owner, call.managers, call.admins, call.people),
        values=placeholders_of(call.lead_name, call.owner, call.organisation) | of_the_call,
        notice=_notice_text(outcome, bot, call),
        text=sentence(bot, "sorry_text", organisation=call.organisation),
        line=call.line,
        lead_line=call.line,
        lead_id=call.lead_id,
        phone=call.caller,
        call=call.sid,
        asked_at=call.at,
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


def _who(call: CallFacts) -> str:
    return caller_name(call.lead_name, call.caller)


def _caller(call: CallFacts) -> str:
    return call.caller or "withheld"
