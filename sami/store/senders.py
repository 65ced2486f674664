"""Who texts: the agent kept for the length of one text, the call that passed them by, how often a phone wrote."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from sami.store.calls import attempts, calls, decisions
from sami.store.leads import leads
from sami.store.outbound_calls import placed_calls
from sami.store.people import agents
from sami.store.texts import texts

DECISIONS_LOOKED_AT = 5_000  # A trace is searched as text: the whole history would take longer than a statement may.


# Shared by key: attempts and texts that only refer to this agent are written meanwhile.
_LOCKED = select(agents).with_for_update(key_share=True)
_SENDER = _LOCKED.where(agents.c.phone == bindparam("of_phone"), agents.c.active.is_(True))
_AGENT = _LOCKED.where(agents.c.id == bindparam("of_id"))


def lock_sender(db: Connection, phone: str) -> Row[Any] | None:
    """The active agent of this phone, kept from every other transaction until this one ends."""
    return db.execute(_SENDER, {"of_phone": phone}).first()


def lock_agent(db: Connection, agent_id: int) -> Row[Any] | None:
    return db.execute(_AGENT, {"of_id": agent_id}).first()


def last_passed_by(db: Connection, *, agent_id: int, agent_key: str) -> Row[Any] | None:
    """The newest decision to leave this agent out of a call that never rang them: `trace`, `arrived_at`, who called."""
    newest = select(func.max(decisions.c.id)).scalar_subquery()
    rung = select(attempts.c.id).where(attempts.c.call_id == calls.c.id, attempts.c.agent_id == agent_id).exists()
    found: Select[Any] = (
        select(decisions.c.trace, calls.c.arrived_at, calls.c.caller, leads.c.name.label("lead_name"))
        .join(calls, decisions.c.call_id == calls.c.id)
        .outerjoin(leads, calls.c.lead_id == leads.c.id)
        .where(
            decisions.c.id > newest - DECISIONS_LOOKED_AT,
            decisions.c.kind == "transfer",
            decisions.c.trace.contains(f'"subject":"{agent_key}","passed":false', autoescape=True),
            ~rung,
        )
    )
    return db.execute(found.order_by(decisions.c.id.desc()).limit(1)).first()


def last_offered_at(db: Connection, *, agent_id: int) -> datetime | None:
    """When a call last rang this agent."""
    mine = select(attempts.c.offered_at).where(attempts.c.agent_id == agent_id)
    return db.execute(mine.order_by(attempts.c.id.desc()).limit(1)).scalar()


def last_line_of(db: Connection, *, lead_id: int, phone: str) -> str | None:
    """The line of ours on which this lead last texted or called; None where they never did."""
    texted = select(texts.c.line, texts.c.at.label("at")).where(texts.c.phone == phone, texts.c.direction == "in")
    called = select(calls.c.line, calls.c.arrived_at.label("at")).where(
        calls.c.lead_id == lead_id, calls.c.placed.is_(None)
    )
    newest = [
        db.execute(texted.order_by(texts.c.id.desc()).limit(1)).first(),
        db.execute(called.order_by(calls.c.id.desc()).limit(1)).first(),
    ]
    last = max((row for row in newest if row is not None), key=lambda row: row.at, default=None)
    return None if last is None else str(last.line)


def calls_asked_since(db: Connection, *, phone: str, since: datetime) -> int:
    """How many calls to this phone were asked for by text after an instant."""
    asked = placed_calls.c.phone == phone, placed_calls.c.asked_by_text
    return int(db.execute(select(func.count()).where(*asked, placed_calls.c.created_at > since)).scalar_one())


def is_call_placed(db: Connection, dedupe_key: str) -> bool:
    """Whether this very call is on its way, and not another to the same phone."""
    return db.execute(select(placed_calls.c.id).where(placed_calls.c.dedupe_key == dedupe_key)).first() is not None


TEXTS_LOOKED_AT = 5_000  # More than a carrier takes from us in ten minutes.
_REPLIED = texts.c.is_reply, texts.c.agent_id.is_(None)


def replies_to_prefix_since(db: Connection, *, phone: str, since: datetime) -> int:
    """How many replies went to this phone and to those that differ from it in their last four digits only (S4).

    Agents, who are known and have a cap of their own, do not count.
    """
    neighbours = texts.c.phone.between(f"{phone[:-4]}0000", f"{phone[:-4]}9999")
    replied = *_REPLIED, texts.c.at > since
    return int(db.execute(select(func.count()).where(neighbours, *replied)).scalar_one())


def replies_overall_since(db: Connection, *, since: datetime) -> int:
    """How many replies went to anybody but agents: of the newest texts, as the whole history would take too long."""
    newest = select(func.max(texts.c.id)).scalar_subquery()
    replied = *_REPLIED, texts.c.at > since
    return int(db.execute(select(func.count()).where(texts.c.id > newest - TEXTS_LOOKED_AT, *replied)).scalar_one())


def texts_from(db: Connection, *, phone: str, since: datetime) -> int:
    """How many texts came from this phone after an instant."""
    theirs = texts.c.direction == "in", texts.c.phone == phone, texts.c.at > since
    return int(db.execute(select(func.count()).where(*theirs)).scalar_one())
