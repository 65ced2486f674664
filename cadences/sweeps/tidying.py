"""What nobody needs any more goes; what waits is counted."""

from datetime import datetime, timedelta

from sami import metrics
from sami.apply import apply
from sami.calls.recordings import delete_old_recordings
from sami.consent.caps import forget_old_spending
from sami.database.engine import Database
from sami.domain.delivery.kinds import Kind
from sami.domain.outcomes.effects import DeleteQueue
from sami.settings.loading import Settings
from sami.store import work
from sami.store.deliveries import OPEN_STATES, count_open_items, oldest_due_at
from sami.store.refused_webhooks import forget_refusals
from sami.store.sweeping import left_queues

WEBHOOKS_KEPT = timedelta(days=7)
REFUSALS_KEPT = timedelta(days=30)
QUEUES_KEPT = timedelta(minutes=2)


def forget_webhooks(database: Database, now: datetime) -> None:
    """Twilio repeats a request within seconds, a spool within days; after a week a key is of no use."""
    with database.begin(deadline_s=30) as db:
        work.forget_webhooks(db, before=now - WEBHOOKS_KEPT)
        forget_refusals(db, before=now - REFUSALS_KEPT)
        forget_old_spending(db, now)


def delete_left_queues(database: Database, now: datetime) -> None:
    """A call's own end deletes its queue; this finds those whose end was never written that way."""
    with database.begin() as db:
        apply(db, [DeleteQueue(sid, after_s=0) for sid in left_queues(db, before=now - QUEUES_KEPT)], now)


def delete_recordings(database: Database, settings: Settings, now: datetime) -> None:
    """Part by part, so that nobody waits for a hundred thousand of them."""
    deleted = None
    while deleted != 0:
        with database.begin() as db:
            deleted = delete_old_recordings(db, settings, now)


def count_outbox(database: Database, now: datetime) -> None:
    with database.read() as db:
        counted, oldest = count_open_items(db), oldest_due_at(db)
    late_s = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    metrics.outbox_oldest_due_seconds.set(late_s)
    for kind in Kind:
        for state in OPEN_STATES:
            metrics.outbox_items.labels(kind.value, state).set(counted.get((kind.value, state), 0))
