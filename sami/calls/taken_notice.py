"""Who was offered a call by text hears, by one text, that another took it: they need not call anybody back."""

from typing import Any

from sqlalchemy import Connection, Row

from sami.calls.transaction import CALL_NUMBER, LiveCall
from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.language.phone import E164
from sami.domain.organisation.sentences import sentence
from sami.domain.outcomes.effects import SendText
from sami.store import calls as store
from sami.store import work
from sami.store.people import find_agents

_PASSED = frozenset({AttemptEnd.DECLINED, AttemptEnd.SNOOZED})


def notify_the_others(db: Connection, call: LiveCall, winner: str) -> bool:
    """`winner`: the attempt that was accepted. An offer that has not left is taken back instead. False: no others."""
    assert call.id is not None, "a call that rings somebody has a row"
    attempts = store.attempts_of(db, call.id)
    won = next((attempt for attempt in attempts if attempt.ref == winner), None)
    offered = {
        attempt.agent_id: attempt
        for attempt in attempts
        if attempt.agent_id is not None and attempt.ended not in _PASSED
    }
    others = [agent_id for agent_id in offered if won is not None and agent_id != won.agent_id]
    for agent in find_agents(db, ids=others) if others else ():
        _tell(db, call, agent, won.name if won is not None else "")
    return bool(others)


def _tell(db: Connection, call: LiveCall, agent: Row[Any], taker: str) -> None:
    offer = f"offer/{call.sid}/{agent.key}"
    if work.cancel_outbox_items(db, dedupe_keys=[offer], why="another took the call"):
        return
    body = sentence(call.bot, "taken_text", agent=taker or "somebody else", number=CALL_NUMBER)
    key = f"taken/{call.sid}/{agent.key}"
    told = SendText(E164(agent.phone), call.line, body, key, call=call.sid, lead_id=call.lead_id, agent_id=agent.id)
    call.effects.append(told)
