"""Who hears of events outside, and the log of what was delivered to them."""

from datetime import datetime
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from sami import clock
from sami.domain.delivery.kinds import Kind
from sami.store.notices import announcement_tries, subscriptions
from sami.store.work import outbox_items

WANTED_FOR_S = 5.0
EVERYTHING = "*"

_wanted: WeakKeyDictionary[Engine, tuple[float, frozenset[str]]] = WeakKeyDictionary()
_asking = Lock()


def is_wanted(db: Connection, event: str) -> bool:
    """Does any active subscription want it? As of five seconds ago at most: calls ask this, and must not wait."""
    with _asking:
        known = _wanted.get(db.engine)
    if known is None or clock.monotonic() - known[0] > WANTED_FOR_S:
        known = clock.monotonic(), _events_wanted(db)
        with _asking:
            _wanted[db.engine] = known
    return EVERYTHING in known[1] or event in known[1]


def forget_wanted(db: Connection) -> None:
    """Subscriptions have changed."""
    with _asking:
        _wanted.pop(db.engine, None)


def _events_wanted(db: Connection) -> frozenset[str]:
    active = db.execute(select(subscriptions.c.events).where(subscriptions.c.active.is_(True))).scalars()
    return frozenset(event for events in active for event in events or (EVERYTHING,))


def insert_subscription(db: Connection, **values: Any) -> None:
    db.execute(insert(subscriptions).values(**values))
    forget_wanted(db)


def find_subscription(db: Connection, ref: str) -> Row[Any] | None:
    return db.execute(select(subscriptions).where(subscriptions.c.ref == ref)).first()


def every_subscription(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(subscriptions).order_by(subscriptions.c.id)))


def subscriptions_to(db: Connection, event: str) -> list[Row[Any]]:
    """The active ones that asked for this event, or for all."""
    active = db.execute(select(subscriptions).where(subscriptions.c.active.is_(True)).order_by(subscriptions.c.id))
    return [row for row in active if not row.events or event in row.events]


def set_subscription(db: Connection, ref: str, *, active: bool, why: str) -> bool:
    """False where it is so already."""
    changed = update(subscriptions).where(subscriptions.c.ref == ref, subscriptions.c.active.is_(not active))
    found = db.execute(changed.values(active=active, why=why).returning(subscriptions.c.id)).first()
    forget_wanted(db)
    return found is not None


def insert_try(db: Connection, **values: Any) -> None:
    db.execute(insert(announcement_tries).values(**values))


def tries_of(db: Connection, lane: str | None, *, limit: int) -> list[Row[Any]]:
    """The newest first, with `dedupe_key`, `payload`, `state`, `due_at` and `lane` of what was to be delivered."""
    item = outbox_items.c
    columns = item.dedupe_key, item.payload, item.state, item.due_at, item.lane, item.error
    found = select(announcement_tries, *columns).join(outbox_items, item.id == announcement_tries.c.item_id)
    if lane is not None:
        found = found.where(item.lane == lane)
    return list(db.execute(found.order_by(announcement_tries.c.id.desc()).limit(limit)))


def count_deliveries(db: Connection) -> dict[str, dict[str, int]]:
    """How many stand in each state, by lane."""
    by = outbox_items.c.lane, outbox_items.c.state
    counted = select(*by, func.count().label("number")).where(
        outbox_items.c.kind == Kind.ANNOUNCEMENT, outbox_items.c.lane.is_not(None)
    )
    found: dict[str, dict[str, int]] = {}
    for row in db.execute(counted.group_by(*by)):
        found.setdefault(row.lane, {})[row.state] = row.number
    return found


def deliveries_to_replay(
    db: Connection, lane: str, *, item_id: int | None = None, failed_since: datetime | None = None
) -> list[Row[Any]]:
    """What has come to an end: one delivery, or all that failed since an instant. Locked."""
    ended = [outbox_items.c.kind == Kind.ANNOUNCEMENT, outbox_items.c.lane == lane]
    if item_id is not None:
        ended += [outbox_items.c.id == item_id, outbox_items.c.state.in_(("sent", "failed", "cancelled"))]
    else:
        ended += [outbox_items.c.state == "failed", outbox_items.c.created_at >= failed_since]
    return list(db.execute(select(outbox_items).where(*ended).order_by(outbox_items.c.id).with_for_update()))


def send_again(db: Connection, item_id: int, *, payload: dict[str, Any], now: datetime) -> None:
    """Begins again with its first try; the log keeps the earlier ones."""
    fresh = {"state": "pending", "tries": 0, "due_at": now, "leased_until": None, "error": "replayed"}
    db.execute(update(outbox_items).where(outbox_items.c.id == item_id).values(payload=payload, **fresh))
