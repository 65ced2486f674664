"""A call of ours is over, or will not be made: its lead's timeline says so once, and the phone may be called again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.calls.outbound_calls import OPEN_PLACED, PlacedResult, PlacedState, said_of
from sami.store.leads import insert_timeline_entry
from sami.store.outbound_calls import find_placed_call, move_placed_call


def end_placed_call(
    db: Connection, placed: Row[Any], result: PlacedResult, now: datetime, *, why: str = "", call: str | None = None
) -> bool:
    """False where it was over already. `call` is the one of whose story the timeline's entry is a part."""
    known = find_placed_call(db, placed.ref)
    if known is None or known.state not in OPEN_PLACED:
        return False
    state = PlacedState.CANCELLED if result is PlacedResult.NOT_PERMITTED else PlacedState.ENDED
    # The timeline first: it waits for whoever holds the lead, and who holds the lead may wait for this call's phone.
    said = said_of(result, why)
    insert_timeline_entry(db, lead_id=placed.lead_id, at=now, kind="call", text=said, call=call or known.call)
    return move_placed_call(db, placed.ref, state=state.value, result=result.value, why=why, ended_at=now)
