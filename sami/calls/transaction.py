"""A call as one transaction works on it: read once, changed in memory, written once."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.actions.running import carry_out_planned
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.attempts import Evidence, end_of
from sami.domain.calls.states import CallProgress
from sami.domain.calls.stored import read_progress, write_progress
from sami.domain.consent.permission import BY_DEFAULT, ContactHours
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.language.phone import E164
from sami.domain.language.trace import Reason
from sami.domain.organisation.document import Bot
from sami.domain.outcomes.effects import Effect, EndLeg, RedirectCaller, RingLeg, SendText
from sami.domain.outcomes.outcome_actions import Planned
from sami.store import calls as store
from sami.store.facts import Directory, read_directory

CALL_NUMBER = "{call.number}"
_URGENT = (RingLeg, EndLeg, RedirectCaller)


@dataclass(frozen=True, slots=True)
class CallSettings:
    """What the deployment says of calls. `legs_possible` is false without REST credentials.

    `legs_per_second` 0 means that all legs of a group go out at once. `contact_hours`: when leads are called back.
    """

    legs_possible: bool = True
    legs_per_second: float = 0.0
    time_limit_s: int = 14_400
    fallback_calls_per_minute: int = 60
    contact_hours: ContactHours = BY_DEFAULT


@dataclass(slots=True)
class LiveCall:
    """`id` is None until the call is first saved; `changes`, `attempts`, `decisions`, `effects` and `planned` wait for
    `save`.

    `is_urgent`: somebody waits for what was just written to the outbox, so the edge speaks right after the commit.
    `named` are the agents that the lead names, read alone on arrival; `roster` is everybody, where that was read.
    `lead`: its whole row, where `read_lead` has read it.
    `lead_is_new`: the lead was made by this call's arrival. `placed`: it is a call of ours, by that reference.
    `blocked`: this caller is kept out, and why.
    """

    sid: str
    line: E164
    caller: E164 | None
    progress: CallProgress
    directory: Directory
    settings: CallSettings
    arrived_at: datetime
    id: int | None = None
    lead_id: int | None = None
    lead_name: str = ""
    lead: Row[Any] | None = None
    lead_is_new: bool = False
    owner: str | None = None
    last_spoke_with: str | None = None
    agent_ids: dict[str, int] = field(default_factory=dict)
    roster: tuple[AgentFacts, ...] | None = None
    named: tuple[AgentFacts, ...] = ()
    call_token: str | None = None
    accepted_by: str | None = None
    outcome: str | None = None
    safety_net: bool = False
    ended_at: datetime | None = None
    recording_url: str | None = None
    placed: str | None = None
    reported: str | None = None
    blocked: str | None = None
    is_urgent: bool = False
    changes: dict[str, Any] = field(default_factory=dict)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    gates: set[Reason] = field(default_factory=set)
    effects: list[Effect] = field(default_factory=list)
    planned: list[Planned] = field(default_factory=list)

    @property
    def bot(self) -> Bot | None:
        return self.directory.bot_of(self.line)

    @property
    def is_over(self) -> bool:
        return self.progress.is_over

    def change(self, **values: Any) -> None:
        self.changes.update(values)


def lock(db: Connection, sid: str, settings: CallSettings) -> LiveCall | None:
    """The call with the rules it began with (R16), kept until the transaction ends."""
    row = store.lock_call(db, sid)
    return None if row is None else read(db, row, settings)


def read(db: Connection, row: Row[Any], settings: CallSettings) -> LiveCall:
    """The call to look at; whoever would change it locks it first."""
    return LiveCall(
        sid=row.sid,
        line=E164(row.line),
        caller=None if row.caller is None else E164(row.caller),
        progress=read_progress(row.progress),
        directory=read_directory(db, row.version),
        settings=settings,
        arrived_at=row.arrived_at,
        id=row.id,
        lead_id=row.lead_id,
        call_token=row.call_token,
        accepted_by=row.accepted_by,
        outcome=row.outcome,
        safety_net=row.safety_net,
        ended_at=row.ended_at,
        recording_url=row.recording_url,
        placed=row.placed,
        reported=row.reported,
        blocked=row.blocked,
    )


def save(db: Connection, call: LiveCall, now: datetime) -> None:
    values = {
        "state": call.progress.state.value,
        "progress": write_progress(call.progress),
        "transfer_at": call.progress.started_at,
        **call.changes,
    }
    if call.id is None:
        call.id = store.insert_call(db, **_new_call(call), **values)
    else:
        store.update_call(db, call.id, **values)
    if call.attempts:
        store.insert_attempts(db, [{"call_id": call.id, **row} for row in call.attempts])
    for decision in call.decisions:
        store.insert_decision(db, call_id=call.id, lead_id=call.lead_id, **decision)
    store.note_gates(db, call_id=call.id, gates=call.gates)
    carry_out_planned(db, call.planned, now, fixed=[_numbered(effect, call.id) for effect in call.effects])
    call.is_urgent = call.is_urgent or any(isinstance(effect, _URGENT) for effect in call.effects)
    call.changes, call.attempts, call.decisions, call.gates, call.effects, call.planned = {}, [], [], set(), [], []


def _numbered(effect: Effect, call_id: int) -> Effect:
    """What is texted of a call names it by a number that people can type; a new call has none before it is written."""
    if isinstance(effect, SendText) and CALL_NUMBER in effect.body:
        return replace(effect, body=effect.body.replace(CALL_NUMBER, str(call_id)))
    return effect


def _new_call(call: LiveCall) -> dict[str, Any]:
    return {
        "sid": call.sid,
        "version": call.directory.version,
        "line": call.line,
        "bot": call.bot.key if call.bot else None,
        "caller": call.caller,
        "call_token": call.call_token,
        "lead_id": call.lead_id,
        "arrived_at": call.arrived_at,
        "safety_net": call.safety_net,
        "placed": call.placed,
        "blocked": call.blocked,
    }


def evidence_of(attempt: Row[Any], **news: Any) -> Evidence:
    def seen(name: str) -> Any:
        return news.get(name, getattr(attempt, name))

    status = seen("leg_status")
    return Evidence(
        screened=attempt.screened,
        picked_up=seen("picked_up_at") is not None,
        asked=seen("asked_at") is not None,
        accepted=seen("accepted_at") is not None,
        pressed=seen("pressed"),
        bridged=seen("bridged"),
        leg_status=None if status is None else CallStatus(status),
        error_code=seen("error_code"),
        caller_left=seen("caller_left"),
        taken_by_another=seen("taken"),
    )


def word_for(attempt: Row[Any], **news: Any) -> AttemptEnd:
    return end_of(evidence_of(attempt, **news))
