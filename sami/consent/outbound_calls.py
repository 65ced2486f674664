"""An outbound call is over, or will not be made: its lead's timeline says so once, and the phone is free again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.calls.outbound_calls import OPEN_PLACED, OutboundResult, OutboundState, said_of
from sami.store.leads import insert_timeline_entry
from sami.store.outbound_calls import find_outbound_call, move_outbound_call


def end_outbound_call(
    db: Connection, placed: Row[Any], result: OutboundResult, now: datetime, *, why: str = "", call: str | None = None
) -> bool:
    """False where it was over already. `call` is the one of whose story the timeline's entry is a part."""
    known = find_outbound_call(db, placed.ref)
    if known is None or known.state not in OPEN_PLACED:
        return False
    state = OutboundState.CANCELLED if result is OutboundResult.NOT_PERMITTED else OutboundState.ENDED
    # The timeline first: it waits for whoever holds the lead, and who holds the lead may wait for this call's phone.
    said = said_of(result, why)
    insert_timeline_entry(db, lead_id=placed.lead_id, at=now, kind="call", text=said, call=call or known.call)
    return move_outbound_call(db, placed.ref, state=state.value, result=result.value, why=why, ended_at=now)
