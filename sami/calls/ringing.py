"""Ring the next phones of a call: decide, reserve, and decide again if somebody else was faster."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from sami.assignment.owner import pool_of_lead
from sami.calls.transaction import CALL_NUMBER, LiveCall
from sami.domain.agents.gates import AgentFacts
from sami.domain.calls.attempts import offer_ends_at
from sami.domain.calls.call_flow import nobody_left
from sami.domain.calls.instructions import DialPhones, HoldInQueue, Instruction, RungPhone, TakeMessage
from sami.domain.calls.moves import begin_ring, join_round, leave_owner_alone, offer_again
from sami.domain.calls.outbound_calls import PERSON
from sami.domain.calls.refused_agents import refused_agents
from sami.domain.calls.routing import (
    Candidate,
    Choice,
    Ring,
    RoutingInputs,
    Stage,
    Way,
    choose_joiners,
    choose_ring,
    ring_rules,
    stages_of,
    timeout_to_send_s,
)
from sami.domain.language.phone import E164
from sami.domain.language.trace import Decision, Finding
from sami.domain.organisation.document import RING_TIMEOUT_MAX_S, Bot, Pattern
from sami.domain.organisation.sentences import sentence, who_and_caller
from sami.domain.outcomes.effects import RingLeg, SendText
from sami.store import calls as store
from sami.store.facts import read_roster
from sami.store.reservations import release_agents, reserve_agents

WHOLE_RING_S = RING_TIMEOUT_MAX_S  # Nobody waits on the line while an agent is rung for a call back.
_INPUTS = TypeAdapter(RoutingInputs)
_TRACE = TypeAdapter(tuple[Finding, ...])
_CHOICE = TypeAdapter(Choice)


def ring_next(
    db: Connection,
    call: LiveCall,
    now: datetime,
    *,
    greet: bool = False,
    roster: tuple[AgentFacts, ...] | None = None,
) -> Instruction:
    """The next ring, or a message when nobody is left."""
    bot = call.bot
    assert bot is not None, "a call without a bot is answered by the safety net"
    owners = _ring_owner_alone(db, call, bot, now)
    if owners is not None:
        return _start(call, bot, owners, now, greet)
    inputs = _read_inputs(db, call, bot, now, roster)
    chosen = _choose(db, call, inputs, choose_ring, now)
    if isinstance(chosen, Ring):
        return _start(call, bot, chosen, now, greet)
    turn = nobody_left(call.progress, now)
    call.progress = turn.progress
    assert isinstance(turn.instruction, TakeMessage), "who takes a message is told to"
    return replace(turn.instruction, greet=greet)


def join_group(db: Connection, call: LiveCall, now: datetime) -> None:
    """Overlap: the group's legs join the owner's in the same round; with nobody free the owner rings on alone.

    The group's stage is then over; with nobody free it is asked again in its turn.
    """
    bot = call.bot
    assert bot is not None, "a call that rings has a bot"
    inputs = replace(_read_inputs(db, call, bot, now, None), joining=True)
    ring = _choose(db, call, inputs, choose_joiners, now)
    if not isinstance(ring, Ring):
        call.progress = leave_owner_alone(call.progress)
        return
    refs = _offer(call, bot, ring, call.progress.turn, now)
    _create_legs(call, ring, refs, now)
    ends_at = now + timedelta(seconds=ring.ring_s)
    position = stages_of(inputs.rules).index(Stage.GROUP) + 1
    call.progress = join_round(call.progress, ring, refs, position, ends_at)


def offer_call_back(db: Connection, call: LiveCall, now: datetime, *, tried: tuple[str, ...]) -> bool:
    """One agent's phone rings, who then calls the lead: who asked for it, else the owner, else whoever is free longest.

    False: nobody is.

    Everybody presses a key, also where a phone needs none for a caller: a voicemail must not call the lead.
    """
    bot = call.bot
    assert bot is not None, "a call back without a bot is given up"
    rules = replace(ring_rules(bot), fallback=(), overlap_s=0, max_ring=1, group_ring="queue", sticky=False)
    if rules.pattern is Pattern.SIMULTANEOUS_GROUP:
        rules = replace(rules, pattern=Pattern.ASSIGNED_THEN_GROUP)
    inputs = _read_inputs(db, call, bot, now, call.roster)
    inputs = replace(inputs, rules=replace(rules, max_wait_s=WHOLE_RING_S), tried=tried, legs_possible=True)
    ring = _choose(db, call, inputs, choose_ring, now)
    if not isinstance(ring, Ring):
        return False
    asked = tuple(replace(candidate, screened=True) for candidate in ring.candidates)
    ring = replace(ring, way=Way.QUEUE, candidates=asked)
    refs = _offer(call, bot, ring, call.progress.turn + 1, now)
    call.progress = offer_again(call.progress, refs, now, now + timedelta(seconds=ring.ring_s))
    _create_legs(call, ring, refs, now)
    return True


def _ring_owner_alone(db: Connection, call: LiveCall, bot: Bot, now: datetime) -> Ring | None:
    """The ring of an owner whom every gate lets ring: for it nobody else is read, judged or written down."""
    inputs = inputs_of(call, bot, now, agents=call.named, pool=())
    if call.owner is None or call.owner not in call.agent_ids:
        return None
    decision = choose_ring(inputs)
    ring = decision.chosen
    if not isinstance(ring, Ring) or [candidate.agent for candidate in ring.candidates] != [call.owner]:
        return None
    if _reserve(db, call, ring, inputs, now) is not None:
        return None
    _record(call, inputs, decision)
    return ring


def _read_inputs(
    db: Connection, call: LiveCall, bot: Bot, now: datetime, roster: tuple[AgentFacts, ...] | None
) -> RoutingInputs:
    if roster is None:
        roster = read_roster(db, call.directory, now, caller=call.caller)
    call.roster = roster
    return inputs_of(call, bot, now, agents=roster, pool=pool_of_call(db, call, bot, roster))


def pool_of_call(db: Connection, call: LiveCall, bot: Bot, roster: tuple[AgentFacts, ...]) -> tuple[str, ...]:
    """The bot's team; else the agents of the rule that gave the lead its owner; else every active agent."""
    team = call.directory.teams.get(bot.team or "")
    if team is not None:
        return tuple(sorted(team.members))
    of_rule = None if call.lead_id is None else pool_of_lead(db, call.lead_id, call.directory)
    return tuple(sorted(of_rule)) if of_rule else tuple(agent.key for agent in roster if agent.active)


def inputs_of(
    call: LiveCall, bot: Bot, now: datetime, *, agents: tuple[AgentFacts, ...], pool: tuple[str, ...]
) -> RoutingInputs:
    call.agent_ids = {agent.key: agent.id for agent in agents}
    progress = call.progress
    return RoutingInputs(
        at=now,
        rules=ring_rules(bot),
        agents=agents,
        started_at=progress.started_at or now,
        owner=call.owner,
        pool=pool,
        last_spoke_with=None if call.last_spoke_with == call.owner else call.last_spoke_with,
        skill=progress.skill,
        caller=call.caller,
        position=progress.position,
        tried=progress.tried,
        rung=progress.rung,
        legs_possible=call.settings.legs_possible and not progress.legs_failed,
        asked_by=progress.asked_by,
    )


def _choose(
    db: Connection,
    call: LiveCall,
    inputs: RoutingInputs,
    decide: Callable[[RoutingInputs], Decision[Choice]],
    now: datetime,
) -> Choice:
    """A choice of which everybody is reserved. Each lost reservation removes an agent or a number, so the loop ends.

    Only the last round is recorded, with the facts it was decided from: they alone lead to this choice again (R15).
    """
    while True:
        decision = decide(inputs)
        lost = _reserve(db, call, decision.chosen, inputs, now) if isinstance(decision.chosen, Ring) else None
        if lost is None:
            _record(call, inputs, decision)
            return decision.chosen
        inputs = lost


def _reserve(db: Connection, call: LiveCall, ring: Ring, inputs: RoutingInputs, now: datetime) -> RoutingInputs | None:
    """None when everybody of the ring is ours; else the inputs in which those we lost are known to be taken."""
    if ring.stage is Stage.FALLBACK:
        phone = ring.candidates[0].phone
        rung = store.dialled_since(db, phone=phone, since=now - timedelta(minutes=1))
        capped = rung >= call.settings.fallback_calls_per_minute
        return replace(inputs, capped=(*inputs.capped, phone)) if capped else None
    ids = {agent.key: agent.id for agent in inputs.agents}
    until = offer_ends_at(now, ring.ring_s)
    wanted = {ids[candidate.agent] for candidate in ring.candidates if candidate.agent}
    got = reserve_agents(db, ids=sorted(wanted), call=call.sid, at=now, until=until)
    if got == wanted:
        return None
    release_agents(db, ids=tuple(got), call=call.sid)
    return replace(
        inputs, agents=tuple(_taken(agent, until) if agent.id in wanted - got else agent for agent in inputs.agents)
    )


def _taken(agent: AgentFacts, until: datetime) -> AgentFacts:
    """The reservation as somebody faster has just made it, lasting as long as ours would have."""
    return replace(agent, reserved_until=until, bridged=False)


def _start(call: LiveCall, bot: Bot, ring: Ring, now: datetime, greet: bool) -> Instruction:
    refs = _offer(call, bot, ring, call.progress.turn + 1, now)
    ends_at = now + timedelta(seconds=ring.ring_s)
    joins_at = now + timedelta(seconds=ring.group_joins_s) if ring.group_joins_s else None
    queued = ring.way is Way.QUEUE
    call.progress = begin_ring(call.progress, ring, refs, now, ends_at, joins_at, queued)
    if queued:
        _create_legs(call, ring, refs, now)
        return HoldInQueue(call.progress.turn, call.sid, greet)
    phones = tuple(
        RungPhone(ref, candidate.phone, candidate.screened)
        for ref, candidate in zip(refs, ring.candidates, strict=True)
    )
    return DialPhones(
        call.progress.turn,
        phones,
        timeout_to_send_s(ring.ring_s),
        call.settings.time_limit_s,
        caller_id=caller_id(call, bot),
        record=bot.record,
        greet=greet,
    )


def caller_id(call: LiveCall, bot: Bot) -> E164:
    """Our line, so that agents can save it; the caller's own number where the admin wants that and there is one."""
    return call.caller if bot.caller_id == "caller" and call.caller else call.line


def _offer(call: LiveCall, bot: Bot, ring: Ring, turn: int, now: datetime) -> tuple[str, ...]:
    """One attempt and one text for each phone; the references of the attempts."""
    refs: list[str] = []
    for candidate in ring.candidates:
        ref = secrets.token_hex(8)
        refs.append(ref)
        agent_id = call.agent_ids.get(candidate.agent) if candidate.agent else None
        call.attempts.append(_attempt(ref, candidate, ring, turn, agent_id, now))
        if agent_id is not None and call.progress.asked_by is None:
            call.effects.append(_offer_text(call, bot, candidate, agent_id))
    return tuple(refs)


def _attempt(
    ref: str, candidate: Candidate, ring: Ring, turn: int, agent_id: int | None, now: datetime
) -> dict[str, Any]:
    return {
        "ref": ref,
        "turn": turn,
        "stage": ring.stage.value,
        "way": ring.way.value,
        "agent_id": agent_id,
        "name": candidate.name,
        "phone": candidate.phone,
        "screened": candidate.screened,
        "ring_s": ring.ring_s,
        "offered_at": now,
    }


def _offer_text(call: LiveCall, bot: Bot, candidate: Candidate, agent_id: int) -> SendText:
    line = call.directory.lines[call.line]
    named = who_and_caller(call.lead_name, call.caller)
    named["who"] = ", ".join((named["who"], *reasons_of(call)))
    said = "call_back_text" if call.progress.calls_back else "offer_text"
    return SendText(
        to=candidate.phone,
        line=call.line,
        body=sentence(bot, said, **named, line=line.name, number=CALL_NUMBER),
        dedupe_key=f"offer/{call.sid}/{candidate.agent}",  # Once in a call, also if a refused leg is dialled after.
        call=call.sid,
        lead_id=call.lead_id,
        agent_id=agent_id,
    )


def reasons_of(call: LiveCall) -> tuple[str, ...]:
    """Why they call, as far as the menu heard it; or that it was we who did."""
    if call.progress.ours and call.progress.wish in (None, sentence(call.bot, PERSON)):
        return (sentence(call.bot, "answered_our_call"),)
    return (call.progress.wish,) if call.progress.wish else ()


def _create_legs(call: LiveCall, ring: Ring, refs: tuple[str, ...], now: datetime) -> None:
    """At once, or one after the other at the rate at which the account may create calls, longest idle first."""
    bot = call.bot
    rate = call.settings.legs_per_second
    shown = call.caller if bot is not None and bot.caller_id == "caller" and call.call_token else None
    for number, (ref, candidate) in enumerate(zip(refs, ring.candidates, strict=True)):
        due_at = now + timedelta(seconds=number / rate) if rate else now
        call.effects.append(
            RingLeg(
                attempt=ref,
                call=call.sid,
                to=candidate.phone,
                line=call.line,
                timeout_s=timeout_to_send_s(ring.ring_s),
                due_at=due_at,
                gives_up_at=now + timedelta(seconds=ring.ring_s),
                caller_id=shown,
                call_token=call.call_token if shown else None,
            )
        )


def _record(call: LiveCall, inputs: RoutingInputs, decision: Decision[Choice]) -> None:
    call.gates |= {found.reason for found in refused_agents(decision.trace, inputs.tried)}
    call.decisions.append(
        {
            "ref": secrets.token_hex(8),
            "kind": "transfer",
            "at": inputs.at,
            "version": call.directory.version,
            "facts": _INPUTS.dump_json(inputs).decode(),
            "trace": _TRACE.dump_json(decision.trace).decode(),
            "chosen": _CHOICE.dump_json(decision.chosen).decode(),
        }
    )
