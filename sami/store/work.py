"""Tables of work: requests already answered, things to say outside, things for people to do."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Index,
    Row,
    Select,
    UniqueConstraint,
    bindparam,
    delete,
    false,
    or_,
    select,
    text,
    update,
)
from sqlmodel import Field, SQLModel

from sami.database.column_types import Json, UtcDateTime
from sami.database.prepared_statements import Prepared
from sami.database.tables import insert_on, one_of, table_of
from sami.domain.delivery.kinds import Kind
from sami.domain.delivery.states import ItemState
from sami.domain.language.actor import Actor
from sami.store.actors import actor_columns


class ReceivedWebhookRow(SQLModel, table=True):
    """A key and the answer given: the same question gets the same words. The key is claimed before the work."""

    __tablename__ = "received_webhook"
    __table_args__ = (Index("ix_received_webhook_received_at", "received_at"), {"sqlite_with_rowid": False})

    key: str = Field(primary_key=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    answer: str | None = None


_IN_A_LANE = text("lane IS NOT NULL")
UNSAID_STATES = frozenset({ItemState.FAILED, ItemState.CANCELLED, ItemState.UNKNOWN})
UNSAID = text("state IN ('failed', 'cancelled', 'unknown')")
_TO_SOMEBODY = text("state = 'pending' AND recipient IS NOT NULL")


class OutboxRow(SQLModel, table=True):
    """Something to say outside after commit. `sending` is marked first; `unknown` means that the answer was lost.

    `lane`: whom it is for, where what is for one of them must not hold up the others, or is counted together.
    `recipient`: the phone that a text goes to, so that a STOP ends all that waits for it in one statement (R12).
    `occasion`: what made it, so that all that one made is cancelled in one statement. `notice`: what an e-mail tells,
    by whose key the same is told by other channels. `repeats_when_lost`: said once more when its answer is lost (R6).
    """

    __tablename__ = "outbox_item"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", ItemState),
        one_of("kind", Kind),
        Index("ix_outbox_item_due", "state", "due_at"),
        Index("ix_outbox_item_call", "call"),
        Index("ix_outbox_item_kind", "kind", "id"),
        Index("ix_outbox_item_unsaid", "state", "id", postgresql_where=UNSAID, sqlite_where=UNSAID),
        Index("ix_outbox_item_lane", "lane", "state", "due_at", postgresql_where=_IN_A_LANE, sqlite_where=_IN_A_LANE),
        Index("ix_outbox_item_recipient", "recipient", postgresql_where=_TO_SOMEBODY, sqlite_where=_TO_SOMEBODY),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    dedupe_key: str
    payload: dict[str, Any] = Field(sa_type=Json)
    call: str | None = None
    state: str = "pending"
    due_at: datetime = Field(sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    error: str = ""
    carrier_sid: str | None = None
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lane: str | None = None
    recipient: str | None = None
    occasion: str | None = None
    notice: str | None = None
    repeats_when_lost: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class TaskRow(SQLModel, table=True):
    """Something a person must do by a time. No owner means the admins' queue.

    `reminded_at` and `escalated_at`: its owner was told that it is due, and their managers that it was not done.
    `closed_because`: done without being done, because of an outcome or `do_not_contact`. `occasion`: what made it.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", ("open", "done")),
        Index("ix_task_owner_id", "owner_id", "state"),
        Index("ix_task_lead_id", "lead_id"),
        Index("ix_task_call", "call"),
        Index("ix_task_due_at", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str
    title: str
    owner_id: int | None = Field(default=None, foreign_key="agent.id")
    lead_id: int | None = Field(default=None, foreign_key="lead.id")
    call: str | None = None
    recording_url: str | None = None
    state: str = "open"
    due_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_by: str | None = None
    actor_kind: str | None = None
    actor_key: str | None = None
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_because: str | None = None
    occasion: str | None = None


received_webhooks = table_of(ReceivedWebhookRow)
outbox_items = table_of(OutboxRow)
tasks = table_of(TaskRow)


_ANSWER = Prepared(select(received_webhooks.c.answer).where(received_webhooks.c.key == bindparam("of_key")))
_FILL = Prepared(
    update(received_webhooks).where(received_webhooks.c.key == bindparam("of_key")).values(answer=bindparam("given"))
)
_CLAIM = Prepared(
    lambda dialect: (
        insert_on(dialect, received_webhooks)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(received_webhooks.c.key)
    )
)
_INSERT_ITEM = Prepared(
    lambda dialect: insert_on(dialect, outbox_items).inline().on_conflict_do_nothing(index_elements=["dedupe_key"])
)
_INSERT_TASK = Prepared(
    lambda dialect: (
        insert_on(dialect, tasks).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(tasks.c.id)
    )
)


def claim_webhook(db: Connection, *, key: str, at: datetime) -> bool:
    """True for the first to ask. A twin that asks meanwhile waits on PostgreSQL's index until the first commits."""
    return _CLAIM.first(db, {"key": key, "received_at": at}) is not None


def answer_given(db: Connection, key: str) -> str | None:
    found = _ANSWER.first(db, {"of_key": key})
    return None if found is None else found.answer


def keep_answer(db: Connection, *, key: str, answer: str) -> None:
    _FILL.run(db, {"of_key": key, "given": answer})


def forget_webhooks(db: Connection, *, before: datetime) -> int:
    return db.execute(delete(received_webhooks).where(received_webhooks.c.received_at < before)).rowcount


def insert_outbox_items(db: Connection, rows: list[dict[str, Any]]) -> None:
    """Items whose dedupe key is already there are left as they are: the same occasion speaks once."""
    _INSERT_ITEM.run_each(db, rows)


def is_any_item_due(db: Connection, *, now: datetime, kinds: tuple[str, ...], lane: str | None = None) -> bool:
    """Whether `claim_outbox_items` would find something, asked without taking what a writer needs."""
    return _any_due(kinds, lane is not None).first(db, _claiming(now, lane)) is not None


def claim_outbox_items(
    db: Connection,
    *,
    now: datetime,
    leased_until: datetime,
    kinds: tuple[str, ...],
    limit: int,
    lane: str | None = None,
) -> list[Row[Any]]:
    """Due items, now `sending` and ours until the lease ends; one whose lease ended unheard is lost, not due.

    `lane` None: of every lane, and of none.
    """
    claimed = _claim_due(kinds, lane is not None, limit).all(db, {"until": leased_until, **_claiming(now, lane)})
    return sorted(claimed, key=lambda item: (item.due_at, item.id))


def _claiming(now: datetime, lane: str | None) -> dict[str, Any]:
    return {"now": now} if lane is None else {"now": now, "of_lane": lane}


@cache
def _claim_due(kinds: tuple[str, ...], in_a_lane: bool, limit: int) -> Prepared:
    due = (
        _due(kinds, in_a_lane)
        .order_by(outbox_items.c.due_at, outbox_items.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # PostgreSQL may run a plain subquery again for each row, and then claims more than the limit.
    )
    return Prepared(
        update(outbox_items)
        .where(outbox_items.c.id.in_(select(due.c.id)), outbox_items.c.state == "pending")
        .values(state="sending", leased_until=bindparam("until"), tries=outbox_items.c.tries + 1)
        .returning(*outbox_items.c)
    )


@cache
def _any_due(kinds: tuple[str, ...], in_a_lane: bool) -> Prepared:
    return Prepared(_due(kinds, in_a_lane).limit(1))


def _due(kinds: tuple[str, ...], in_a_lane: bool) -> Select[Any]:
    of_kinds = or_(*(outbox_items.c.kind == kind for kind in kinds))
    due = select(outbox_items.c.id).where(
        outbox_items.c.state == "pending", outbox_items.c.due_at <= bindparam("now"), of_kinds
    )
    return due.where(outbox_items.c.lane == bindparam("of_lane")) if in_a_lane else due


def settle_outbox_item(db: Connection, item_id: int, **values: Any) -> bool:
    """Write how the sending ended, unless somebody settled it first."""
    written = (
        update(outbox_items)
        .where(outbox_items.c.id == item_id, outbox_items.c.state.in_(("sending", "unknown")))
        .values(**values)
        .returning(outbox_items.c.id)
    )
    return db.execute(written).first() is not None


def outbox_items_of(db: Connection, call: str, kind: str) -> list[Row[Any]]:
    items = select(outbox_items).where(outbox_items.c.call == call, outbox_items.c.kind == kind)
    return list(db.execute(items.order_by(outbox_items.c.id)))


def cancel_outbox_items(db: Connection, *, dedupe_keys: list[str], why: str) -> list[str]:
    """Cancel what nobody has begun to send; the keys that were still cancellable."""
    cancelled = (
        update(outbox_items)
        .where(outbox_items.c.dedupe_key.in_(dedupe_keys), outbox_items.c.state == "pending")
        .values(state="cancelled", error=why)
        .returning(outbox_items.c.dedupe_key)
    )
    return list(db.execute(cancelled).scalars())


def cancel_items_of(db: Connection, *, occasion: str, why: str) -> int:
    """Cancel what nobody has begun to send of everything that one occasion made; how much that was."""
    mine = outbox_items.c.occasion == occasion, outbox_items.c.state == "pending"
    return db.execute(update(outbox_items).where(*mine).values(state="cancelled", error=why)).rowcount


def is_any_item_open(db: Connection, *, dedupe_keys: list[str]) -> bool:
    """Whether one of these is still to be said, or its answer still to come."""
    is_open = outbox_items.c.state.in_(("pending", "sending", "unknown"))
    found = select(outbox_items.c.id).where(outbox_items.c.dedupe_key.in_(dedupe_keys), is_open)
    return db.execute(found.limit(1)).first() is not None


def cancel_texts_to(db: Connection, *, phone: str, why: str) -> int:
    """How many texts to this phone nobody had begun to send; one statement, however many."""
    cancelled = update(outbox_items).where(outbox_items.c.recipient == phone, outbox_items.c.state == "pending")
    return db.execute(cancelled.values(state="cancelled", error=why)).rowcount


def lost_outbox_items(db: Connection, *, now: datetime, limit: int) -> list[Row[Any]]:
    """Items whose sender died or whose answer was lost: their lease has ended, nobody knows yet what came of them."""
    lost = select(outbox_items).where(
        or_(outbox_items.c.state == "sending", outbox_items.c.state == "unknown"),
        outbox_items.c.leased_until <= now,
    )
    return list(db.execute(lost.order_by(outbox_items.c.id).limit(limit)))


def lease_outbox_item(db: Connection, item_id: int, *, held_until: datetime | None, leased_until: datetime) -> bool:
    """Take over an item whose lease ended; False if another process did."""
    taken = (
        update(outbox_items)
        .where(outbox_items.c.id == item_id, outbox_items.c.leased_until == held_until)
        .values(state="unknown", leased_until=leased_until)
        .returning(outbox_items.c.id)
    )
    return db.execute(taken).first() is not None


def insert_task(db: Connection, **values: Any) -> bool:
    """At most one task of a dedupe key (R10); False where it was there already."""
    return _INSERT_TASK.first(db, values) is not None


def task_with_key(db: Connection, dedupe_key: str) -> Row[Any] | None:
    return db.execute(select(tasks).where(tasks.c.dedupe_key == dedupe_key)).first()


def attach_recording(db: Connection, *, call: str, url: str) -> None:
    db.execute(update(tasks).where(tasks.c.call == call).values(recording_url=url))


def tasks_of_call(db: Connection, call: str) -> list[Row[Any]]:
    return list(db.execute(select(tasks).where(tasks.c.call == call).order_by(tasks.c.id)))


def open_tasks_of(db: Connection, owner_id: int) -> list[Row[Any]]:
    mine = select(tasks).where(tasks.c.owner_id == owner_id, tasks.c.state == "open")
    return list(db.execute(mine.order_by(tasks.c.due_at, tasks.c.id)))


def lock_task(db: Connection, task_id: int) -> Row[Any] | None:
    """The task, kept until this transaction ends."""
    return db.execute(select(tasks).where(tasks.c.id == task_id).with_for_update()).first()


def is_task_open(db: Connection, task_id: int) -> bool:
    return db.execute(select(tasks.c.id).where(tasks.c.id == task_id, tasks.c.state == "open")).first() is not None


def update_task(db: Connection, task_id: int, **values: Any) -> None:
    db.execute(update(tasks).where(tasks.c.id == task_id).values(**values))


def tasks_to_remind_of(db: Connection, *, due_by: datetime, limit: int) -> list[Row[Any]]:
    """Open tasks of somebody's that are due, and of which they were not told yet; locked, each by one worker."""
    mine = tasks.c.state == "open", tasks.c.due_at <= due_by, tasks.c.owner_id.is_not(None)
    found = select(tasks).where(*mine, tasks.c.reminded_at.is_(None)).order_by(tasks.c.due_at, tasks.c.id)
    return list(db.execute(found.limit(limit).with_for_update(skip_locked=True)))


def tasks_to_escalate(db: Connection, *, due_by: datetime, limit: int) -> list[Row[Any]]:
    """Open tasks that were due by then, of which no manager was told yet; locked, each by one worker."""
    late = tasks.c.state == "open", tasks.c.due_at <= due_by, tasks.c.escalated_at.is_(None)
    found = select(tasks).where(*late).order_by(tasks.c.due_at, tasks.c.id)
    return list(db.execute(found.limit(limit).with_for_update(skip_locked=True)))


def open_tasks_about(db: Connection, lead_id: int) -> list[Row[Any]]:
    mine = tasks.c.lead_id == lead_id, tasks.c.state == "open"
    return list(db.execute(select(tasks).where(*mine).order_by(tasks.c.id)))


def close_tasks_made(db: Connection, *, occasion: str, because: str, at: datetime) -> None:
    """Open ones that this occasion made."""
    of = tasks.c.occasion == occasion, tasks.c.state == "open"
    db.execute(update(tasks).where(*of).values(state="done", done_at=at, closed_because=because))


def close_tasks_of(db: Connection, *, lead_id: int, because: str, by: Actor, at: datetime) -> list[int]:
    """All that is to be done about a lead; which were open."""
    closed = {"state": "done", "done_at": at, **actor_columns(by, "done_by"), "closed_because": because}
    mine = tasks.c.lead_id == lead_id, tasks.c.state == "open"
    return sorted(db.execute(update(tasks).where(*mine).values(**closed).returning(tasks.c.id)).scalars())


def move_due(db: Connection, *, dedupe_keys: tuple[str, ...], due_at: datetime) -> bool:
    """Put off, or bring forward, what is still to be done of these; whether there was any. It is reminded of anew."""
    of = tasks.c.dedupe_key.in_(dedupe_keys), tasks.c.state == "open"
    moved = update(tasks).where(*of).values(due_at=due_at, reminded_at=None, escalated_at=None)
    return db.execute(moved.returning(tasks.c.id)).first() is not None


def move_open_tasks(db: Connection, *, lead_id: int, from_id: int, to_id: int | None) -> None:
    """Without `to_id` the tasks become the admins'."""
    mine = tasks.c.lead_id == lead_id, tasks.c.owner_id == from_id, tasks.c.state == "open"
    db.execute(update(tasks).where(*mine).values(owner_id=to_id, reminded_at=None))
