"""An agent kept for one ring or one bridged call; every reservation ends by itself (R8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from sami.database.prepared_statements import Prepared
from sami.store.people import agents


# Rows are taken in one order and a row somebody else holds is passed over, so two rings never wait for each other.
def _reserving(wanted: ColumnElement[bool]) -> ReturningUpdate[Any]:
    is_free = or_(agents.c.reserved_until.is_(None), agents.c.reserved_until <= bindparam("at"))
    free = select(agents.c.id).where(wanted, is_free).order_by(agents.c.id).with_for_update(skip_locked=True)
    return (
        update(agents)
        .where(agents.c.id.in_(free.scalar_subquery()))
        .values(reserved_until=bindparam("until"), reserved_call=bindparam("for_call"), bridged=False)
        .returning(agents.c.id)
    )


_RESERVE = _reserving(agents.c.id.in_(bindparam("ids", expanding=True)))
_RESERVE_ONE = Prepared(_reserving(agents.c.id == bindparam("only_id")))
_BRIDGE = (
    update(agents)
    .where(agents.c.id == bindparam("agent_id"))
    .values(reserved_until=bindparam("until"), reserved_call=bindparam("for_call"), bridged=True)
)
_RELEASE = (
    update(agents)
    .where(
        agents.c.id.in_(bindparam("ids", expanding=True)),
        agents.c.reserved_call == bindparam("from_call"),
    )
    .values(reserved_until=None, reserved_call=None, bridged=False)
)
_SHORTEN = (
    update(agents)
    .where(
        agents.c.id == bindparam("agent_id"),
        agents.c.reserved_call == bindparam("from_call"),
        agents.c.reserved_until > bindparam("until"),
        agents.c.bridged.is_(False),
    )
    .values(reserved_until=bindparam("until"))
)


def reserve_agents(db: Connection, *, ids: Sequence[int], call: str, at: datetime, until: datetime) -> frozenset[int]:
    """Keep those of these agents who are free; who is missing from the answer was reserved by somebody faster."""
    if not ids:
        return frozenset()
    asked = {"for_call": call, "at": at, "until": until}
    if len(ids) == 1:
        return frozenset(row.id for row in _RESERVE_ONE.all(db, {"only_id": ids[0], **asked}))
    return frozenset(db.execute(_RESERVE, {"ids": list(ids), **asked}).scalars())


def bridge_agent(db: Connection, *, agent_id: int, call: str, until: datetime) -> None:
    """The agent is talking; `until` outlasts the longest call, the end of the call comes first."""
    db.execute(_BRIDGE, {"agent_id": agent_id, "for_call": call, "until": until})


def release_agents(db: Connection, *, ids: Sequence[int], call: str) -> None:
    if ids:
        db.execute(_RELEASE, {"ids": list(ids), "from_call": call})


def shorten_reservation(db: Connection, *, agent_id: int, call: str, until: datetime) -> None:
    """Nothing happens to one that ends earlier, or to an agent who is talking."""
    db.execute(_SHORTEN, {"agent_id": agent_id, "from_call": call, "until": until})


def bridged_agents(db: Connection, *, at: datetime) -> list[Row[Any]]:
    """Agents believed to be talking, with the call: a sweep asks Twilio whether they still are."""
    talking = agents.c.bridged.is_(True), agents.c.reserved_until > at
    return list(db.execute(select(agents.c.id, agents.c.key, agents.c.reserved_call).where(*talking)))
