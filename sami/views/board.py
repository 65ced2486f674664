"""Who is calling now, and who can take a call? Instants only, so that the same is said while nothing changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.agents.gates import AgentFacts, RingRequest, assess
from sami.domain.calls.states import CallState
from sami.domain.language.trace import Reason
from sami.store.board import open_calls, open_rings
from sami.store.facts import read_directory, read_roster

TALKING = "talking"


class Light(StrEnum):
    """`green`: their phone may ring. `amber`: in a moment. `red`: not by themselves. `grey`: outside their hours."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


_LIGHTS: Mapping[Reason, Light] = {
    Reason.ON_CALL: Light.AMBER,
    Reason.RESERVED: Light.AMBER,
    Reason.RESTING: Light.AMBER,
    Reason.OUTSIDE_HOURS: Light.GREY,
}


def board_document(db: Connection, now: datetime) -> dict[str, Any]:
    """Four short reads, however many calls there ever were."""
    calls, rings = open_calls(db), open_rings(db)
    agents = read_roster(db, read_directory(db), now)
    of_call: dict[int, list[Row[Any]]] = defaultdict(list)
    for ring in rings:
        of_call[ring.call_id].append(ring)
    in_use = {ring.agent_key: ring for ring in rings if ring.agent_key is not None}
    return {
        "calls": [_call(call, of_call[call.id]) for call in calls],
        "agents": [_agent(agent, in_use.get(agent.key), now) for agent in agents if agent.active],
    }


def _call(call: Row[Any], rings: Sequence[Row[Any]]) -> dict[str, Any]:
    talks = next((ring for ring in rings if ring.accepted_at is not None), None)
    return {
        "sid": call.sid,
        "number": call.id,
        "line": call.line,
        "caller": call.caller,
        "lead": call.lead_id,
        "name": call.lead_name or "",
        "owner": call.owner_key,
        "stage": str(call.state) if talks is None else TALKING,
        "since": _since(call, rings, talks),
        "arrived_at": call.arrived_at,
        "waits_since": call.transfer_at if talks is None else None,
        "phones": [_phone(ring) for ring in rings],
    }


def _since(call: Row[Any], rings: Sequence[Row[Any]], talks: Row[Any] | None) -> datetime:
    """When this stage of the call began, as far as is known."""
    if talks is not None:
        began: datetime = talks.joined_at or talks.accepted_at
        return began
    is_rung = call.state in (CallState.RINGING, CallState.QUEUED, CallState.CALLING_BACK)
    rung: datetime | None = min((ring.offered_at for ring in rings), default=None) if is_rung else None
    return rung or call.transfer_at or call.arrived_at


def _phone(ring: Row[Any]) -> dict[str, Any]:
    began = (ring.accepted_at, TALKING), (ring.picked_up_at, "picked_up"), (ring.offered_at, "ringing")
    since, doing = next((at, word) for at, word in began if at is not None)
    return {
        "agent": ring.agent_key,
        "name": ring.name,
        "phone": ring.phone,
        "stage": ring.stage,
        "doing": doing,
        "since": since,
    }


def _agent(agent: AgentFacts, ring: Row[Any] | None, now: datetime) -> dict[str, Any]:
    refused = assess(agent, RingRequest(now))
    reason = refused[0].reason if refused else None
    return {
        "key": agent.key,
        "name": agent.name,
        "light": str(Light.GREEN if reason is None else _LIGHTS.get(reason, Light.RED)),
        "reason": None if reason is None else str(reason),
        "since": _known_since(agent, reason, ring),
        "until": _until(agent, reason),
        "leads": agent.leads_on,
        "next_opening": agent.opens_at,
    }


def _known_since(agent: AgentFacts, reason: Reason | None, ring: Row[Any] | None) -> datetime | None:
    """When the light became what it is, where that is written down."""
    if ring is not None and reason in (Reason.ON_CALL, Reason.RESERVED):
        since: datetime = ring.joined_at or ring.accepted_at or ring.offered_at
        return since
    return agent.idle_since if reason is None else None


def _until(agent: AgentFacts, reason: Reason | None) -> datetime | None:
    match reason:
        case Reason.CALLS_OFF:
            return agent.off_until
        case Reason.RESTING:
            return agent.resting_until
        case Reason.OUTSIDE_HOURS:
            return agent.opens_at
        case _:
            return None
