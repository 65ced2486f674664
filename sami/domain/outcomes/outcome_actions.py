"""What came of a call: eight names, and what each makes happen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sami.domain.calls.call_back_promise import promised_time
from sami.domain.language.actor import CALL, Actor, ActorKind
from sami.domain.language.durations import format_duration
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.leads.stages import Stage
from sami.domain.organisation.document import Action, Bot
from sami.domain.organisation.sentences import caller_name, sentence, speaks_spanish, who_and_caller
from sami.domain.outcomes.actions import Facts, act, gives_an_owner, in_order, placeholders_of
from sami.domain.outcomes.effects import (
    AssignOwner,
    CancelCadences,
    CreateTask,
    DoNotContact,
    Effect,
    EndWork,
    OptOut,
    PauseCadences,
    PlaceCall,
)
from sami.domain.outcomes.recipients import Person, Recipients, said_due

ENDINGS = frozenset({Outcome.OPT_OUT, Outcome.NOT_INTERESTED, Outcome.UNQUALIFIED, Outcome.BAD_NUMBER})
"""Outcomes after which none of ours has a reason to contact the lead at this number."""

_WITHOUT_CONTACT = frozenset(
    {Outcome.OPT_OUT, Outcome.NOT_INTERESTED, Outcome.UNQUALIFIED, Outcome.SUCCESSFUL_TRANSFER}
)

SAID_OF_THEM: Mapping[Outcome, str] = {
    Outcome.SUCCESSFUL_TRANSFER: "called, and somebody answered",
    Outcome.MISSED_TRANSFER: "called, and nobody took the call",
    Outcome.NEEDS_FOLLOW_UP: "wants to hear from us again",
    Outcome.CONTACT_LATER: "asked to be contacted later",
    Outcome.OPT_OUT: "asked not to be contacted: do not call",
    Outcome.NOT_INTERESTED: "is not interested",
    Outcome.UNQUALIFIED: "does not qualify",
    Outcome.BAD_NUMBER: "has a number that is wrong or dead",
}
"""Each outcome as people say it, after the name of whom it is about."""

TRANSFER_OUTCOMES = frozenset({Outcome.SUCCESSFUL_TRANSFER, Outcome.MISSED_TRANSFER})

REPORTABLE = frozenset(Outcome) - TRANSFER_OUTCOMES
"""What somebody may say a call came to; how a transfer went is known from the call and from nothing else."""


def replaced_by(outcome: Outcome | None, reported: Outcome, *, is_over: bool) -> Outcome | None:
    """What a call came to after a report: opt_out replaces everything, nothing else replaces how a transfer went.

    While the call lasts, how its transfer goes is still to be seen.
    """
    if reported is Outcome.OPT_OUT:
        return reported
    if outcome in TRANSFER_OUTCOMES or outcome is Outcome.OPT_OUT:
        return outcome
    return reported if is_over else outcome


CALLED_BACK_WITHIN = timedelta(days=1)

_AS_ASKED = Action("task", who="owner", title="Call {lead.name}, as asked")

# What an admin who wrote no actions gets.
DEFAULT_ACTIONS: Mapping[Outcome, tuple[Action, ...]] = {
    Outcome.SUCCESSFUL_TRANSFER: (Action("notify", who="owner"), Action("notify", who="account_owner")),
    Outcome.MISSED_TRANSFER: (Action("cancel_cadences"), Action("notify", who="owner"), Action("text_lead")),
    Outcome.NEEDS_FOLLOW_UP: (
        Action("note", say="Wants to hear from us again."),
        Action("task", who="owner", title="Follow up with {lead.name}"),
        Action("notify", who="owner"),
    ),
    Outcome.CONTACT_LATER: (Action("note", say="Asked to be contacted later."), _AS_ASKED),
    Outcome.OPT_OUT: (Action("note", say="Asked not to be contacted again."), Action("notify", who="owner")),
    Outcome.NOT_INTERESTED: (Action("change_stage", stage=(Stage.ARCHIVED,)), Action("note", say="Not interested.")),
    Outcome.UNQUALIFIED: (Action("change_stage", stage=(Stage.ARCHIVED,)), Action("note", say="Not qualified.")),
    Outcome.BAD_NUMBER: (
        Action("note", say="This number is wrong or dead."),
        Action("task", who="owner", title="Find another number of {lead.name}"),
    ),
}


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What an outcome may look at. With no `owner` of the lead, tasks and notices go to the admins' queue.

    `later_at` is when the lead wants to be contacted. `call_back`: by a call of ours, as soon as an agent is free.
    `reported_by`: it was said afterwards, and `key` tells this report apart; None: it was seen or chosen in the call.
    `has_task`: the call's follow-up task was there already, and its due time is now the reported one. `ours`: the bot
    called them; `called_back`: an agent did, and of their own accord where `asked_call`.
    `may_be_called`: a call of ours is welcome at this phone. `do_not_call`: the lead asked not to be contacted, before
    this call.
    """

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
    later_at: datetime | None = None
    call_back: bool = False
    reported_by: Actor | None = None
    key: str = ""
    has_task: bool = False
    ours: bool = False
    called_back: bool = False
    asked_call: bool = False
    do_not_call: bool = False
    may_be_called: bool = True
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Planned:
    """One action of an admin's with what it looks at, and what it makes true."""

    action: Action
    number: int
    facts: Facts
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """`fixed` always happens and cannot be edited away; each of `actions` may fail while the others stand."""

    fixed: tuple[Effect, ...]
    actions: tuple[Planned, ...]


def consequences(outcome: Outcome, bot: Bot | None, call: CallFacts) -> Consequences:
    """Everything the outcome makes happen: what always does, then the admin's actions, reassignment first."""
    actions = in_order(actions_of(outcome, bot, call))
    planned: list[Planned] = []
    for number, action in enumerate(filter(gives_an_owner, actions)):
        facts = facts_of(outcome, bot, call)
        assigned = act(action, 0, facts).effects
        planned.append(Planned(action, -1 - number, facts, assigned))
        if assigned:
            call = replace(call, owner=call.people[action.agent or ""])
    fixed = tuple(_always(outcome, bot, call))
    facts = facts_of(outcome, bot, call)
    for number, action in enumerate(action for action in actions if not gives_an_owner(action)):
        planned.append(Planned(action, number, facts, act(action, number, facts).effects))
    return Consequences(fixed, tuple(planned))


def actions_of(outcome: Outcome, bot: Bot | None, call: CallFacts | None = None) -> tuple[Action, ...]:
    """What the admin wrote, else the defaults. Of those, none makes a second task for the same thing."""
    edited = None if bot is None else bot.outcomes.get(outcome)
    if edited is not None:
        return edited.actions
    defaults = DEFAULT_ACTIONS[outcome]
    return tuple(action for action in defaults if action.do != "task") if _is_seen_to(outcome, call) else defaults


def _is_seen_to(outcome: Outcome, call: CallFacts | None) -> bool:
    """Whether somebody sees to it already: a message's own task, a call back under way, or an existing task."""
    if call is None or outcome is Outcome.BAD_NUMBER:
        return False
    return call.has_task or call.call_back or (outcome is Outcome.NEEDS_FOLLOW_UP and call.reported_by is None)


def _always(outcome: Outcome, bot: Bot | None, call: CallFacts) -> Iterator[Effect]:
    """The part no admin can edit away (product: outcomes, "always happens")."""
    match outcome:
        case Outcome.SUCCESSFUL_TRANSFER:
            if call.owner is None and call.answered_by and call.lead_id:
                why = "accepted the call of a lead without owner"
                yield AssignOwner(call.lead_id, None, call.answered_by.id, why=why, by=CALL)
            yield from _cancel(outcome, call)
        case Outcome.MISSED_TRANSFER:
            yield follow_up_task("missed", "missed_task", bot, call)
        case Outcome.NEEDS_FOLLOW_UP:
            if call.reported_by is None:
                yield follow_up_task("message", "message_task", bot, call)
            yield from _pause(outcome, call, call.later_at)
        case Outcome.CONTACT_LATER:
            yield from _hold_off(outcome, call)
        case Outcome.OPT_OUT:
            if call.caller is not None:
                yield OptOut(call.caller, f"call {call.sid}" if call.reported_by is None else f"{call.reported_by}")
            yield from _end(outcome, call)
        case Outcome.NOT_INTERESTED | Outcome.UNQUALIFIED | Outcome.BAD_NUMBER:
            yield from _end(outcome, call)


def _hold_off(outcome: Outcome, call: CallFacts) -> Iterator[Effect]:
    """Not contacted until then; or called back by an agent, which is what they asked for."""
    if call.lead_id is None:
        return
    if call.call_back and call.caller is not None:
        yield from _pause(outcome, call, call.at + CALLED_BACK_WITHIN)
        key = f"call_back/{call.sid}"
        yield PlaceCall(call.lead_id, call.caller, call.line, key, agent_first=True, of_call=call.sid, asked_at=call.at)
        return
    yield from _pause(outcome, call, call.later_at)
    if call.later_at is not None:
        yield DoNotContact(call.lead_id, call.later_at, "asked to be contacted later", _cause(outcome, call))


def _end(outcome: Outcome, call: CallFacts) -> Iterator[Effect]:
    yield from _cancel(outcome, call)
    if call.lead_id is not None:
        yield EndWork(call.lead_id, str(outcome), _cause(outcome, call))


def _cancel(outcome: Outcome, call: CallFacts) -> Iterator[Effect]:
    if call.lead_id is not None:
        yield CancelCadences(call.lead_id, str(outcome).replace("_", " "), _cause(outcome, call), call=call.sid)


def _pause(outcome: Outcome, call: CallFacts, until: datetime | None) -> Iterator[Effect]:
    if call.lead_id is not None:
        yield PauseCadences(call.lead_id, until, str(outcome).replace("_", " "), _cause(outcome, call))


def _cause(outcome: Outcome, call: CallFacts) -> Actor:
    return call.reported_by or Actor(ActorKind.OUTCOME, outcome.value)


def follow_up_task(occasion: str, wording: str, bot: Bot | None, call: CallFacts) -> CreateTask:
    """The task belongs to the lead's owner, else to the admins' queue (R10)."""
    return CreateTask(
        dedupe_key=f"{occasion}/{call.sid}",
        title=_task_title(wording, bot, call),
        owner_id=call.owner.id if call.owner else None,
        due_at=call.owner.due_at if call.owner else call.queue_due_at,
        lead_id=call.lead_id,
        call=call.sid,
        recording_url=call.recording_url,
        asks_contact=True,
        is_response=True,
    )


def _task_title(wording: str, bot: Bot | None, call: CallFacts) -> str:
    """Nobody can call back who hides their number: the task says what can be done, which is to know of it."""
    if call.caller is None and wording == "missed_task":
        return sentence(bot, "missed_withheld_task", waited=_waited(call), line=call.line_name)
    return sentence(bot, wording, who=_who(call))


def _waited(call: CallFacts) -> str:
    return format_duration(call.at - call.arrived_at)


def facts_of(outcome: Outcome, bot: Bot | None, call: CallFacts) -> Facts:
    """The call as actions see it."""
    of_the_call = {"lead.name": _who(call), "line.name": call.line_name, "call.caller": _caller(call)}
    return Facts(
        by=ActorKind.OUTCOME,
        name=str(outcome),
        key=f"{outcome}/{call.sid}{call.key}",
        task_key=f"task/{call.sid}{call.key}",
        at=call.at,
        recipients=Recipients(call.owner, call.account_owner, call.managers, call.admins, call.people),
        values=placeholders_of(call.lead_name, call.owner, call.organisation) | of_the_call,
        notice=_notice_text(outcome, bot, call),
        text=_sorry_text(bot, call),
        line=call.line,
        lead_line=call.line,
        lead_id=call.lead_id,
        phone=call.caller,
        call=call.sid,
        asked_at=call.at if call.reported_by is None else None,
        later_at=call.later_at,
        is_urgent=outcome is Outcome.MISSED_TRANSFER,
        asks_contact=outcome not in _WITHOUT_CONTACT,
        do_not_call=call.do_not_call,
        must_be_seen=outcome is Outcome.OPT_OUT,
        done_by=None if call.answered_by is None else call.answered_by.key,
    )


def _sorry_text(bot: Bot | None, call: CallFacts) -> str:
    """It promises what will happen, and when that is due (R23)."""
    if not call.may_be_called:
        return sentence(bot, "sorry_no_call_text", organisation=call.organisation)
    due_at = call.owner.due_at if call.owner else call.queue_due_at
    when = promised_time(due_at, call.at, call.zone, spanish=speaks_spanish(bot))
    name = "sorry_placed_text" if call.ours else "sorry_text"
    return sentence(bot, name, organisation=call.organisation, when=when)


def _notice_text(outcome: Outcome, bot: Bot | None, call: CallFacts) -> str:
    values = who_and_caller(call.lead_name, call.caller) | {"line": call.line_name}
    match outcome:
        case Outcome.OPT_OUT:
            return sentence(bot, "opt_out_text", **values)
        case Outcome.MISSED_TRANSFER if call.caller is None:
            return sentence(bot, "missed_withheld_text", waited=_waited(call), **values)
        case Outcome.MISSED_TRANSFER if call.do_not_call:
            return sentence(bot, "missed_opted_out_text", **values)
        case Outcome.SUCCESSFUL_TRANSFER:
            called = "asked_call_text" if call.asked_call else "called_back_text"
            name = called if call.called_back else "answered_text"
            return sentence(bot, name, agent=call.answered_name or "A person", **values)
        case Outcome.MISSED_TRANSFER:
            name = "abandoned_text" if call.abandoned else "missed_text"
            return sentence(bot, name, due=said_due(call.owner), **values)
        case Outcome.NEEDS_FOLLOW_UP if call.reported_by is None:
            return sentence(bot, "message_text", **values)
        case _:
            when = (
                ""
                if call.later_at is None or call.owner is None
                else f", {call.owner.clock(call.at).say(call.later_at)}"
            )
            return sentence(bot, "outcome_text", outcome=f"{SAID_OF_THEM[outcome]}{when}", **values)


def _who(call: CallFacts) -> str:
    return caller_name(call.lead_name, call.caller)


def _caller(call: CallFacts) -> str:
    return call.caller or "withheld"
