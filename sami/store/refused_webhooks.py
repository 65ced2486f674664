"""Webhooks that were refused, counted by cause and hour, so that `sami doctor` can tell of them from anywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlmodel import Field, SQLModel

from sami.database.column_types import UtcDateTime
from sami.database.tables import insert_on, one_of, table_of
from sami.domain.access.refused_webhooks import RefusedBecause
from sami.store.work import received_webhooks


class RefusedWebhookRow(SQLModel, table=True):
    """How often in one hour. `address` is the last one against which a signature was checked."""

    __tablename__ = "refused_webhook"
    __table_args__ = (one_of("cause", RefusedBecause),)

    cause: str = Field(primary_key=True)
    hour: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    times: int
    address: str
    last_at: datetime = Field(sa_type=UtcDateTime)


refused_webhooks = table_of(RefusedWebhookRow)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals of one cause within one hour of UTC that are not written yet."""

    cause: RefusedBecause
    hour: datetime
    times: int
    address: str
    last_at: datetime


def add_refusals(db: Connection, refusals: Iterable[Refusals]) -> None:
    """Several web processes add to one count."""
    for one in refusals:
        insert = insert_on(db.dialect.name, refused_webhooks)
        values = {"cause": one.cause.value, "hour": one.hour, "address": one.address, "last_at": one.last_at}
        added = {"times": refused_webhooks.c.times + one.times, "address": one.address, "last_at": one.last_at}
        statement = insert.values(times=one.times, **values)
        db.execute(statement.on_conflict_do_update(index_elements=["cause", "hour"], set_=added))


def refusals_since(db: Connection, since: datetime) -> list[Row[Any]]:
    """One row for each cause: times, last_at, and the newest address."""
    row = refused_webhooks.c
    newest = func.row_number().over(partition_by=row.cause, order_by=row.last_at.desc())
    total = func.sum(row.times).over(partition_by=row.cause)
    counted = select(row.cause, total.label("times"), row.last_at, row.address, newest.label("nth"))
    each = counted.where(row.last_at >= since).subquery()
    return list(db.execute(select(each).where(each.c.nth == 1).order_by(each.c.cause)))


def last_accepted_webhook_at(db: Connection) -> datetime | None:
    found: datetime | None = db.execute(select(func.max(received_webhooks.c.received_at))).scalar()
    return found


def forget_refusals(db: Connection, *, before: datetime) -> int:
    return db.execute(delete(refused_webhooks).where(refused_webhooks.c.last_at < before)).rowcount
