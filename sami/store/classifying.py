"""Texts that wait for a classifier: claimed with an end, and settled once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from sami.store.texts import texts


def claim_to_classify(db: Connection, *, now: datetime, leased_until: datetime) -> Row[Any] | None:
    """The text that has waited longest, which nobody else asks about until the lease ends; None where none waits."""
    due = select(texts.c.id).where(texts.c.classify_at <= now).order_by(texts.c.classify_at, texts.c.id).limit(1)
    chosen = due.with_for_update(skip_locked=True).cte("due")
    claimed = update(texts).where(texts.c.id.in_(select(chosen.c.id))).values(classify_at=leased_until)
    return db.execute(claimed.returning(*texts.c)).first()


def settle_classified(db: Connection, text_id: int, *, again_at: datetime | None) -> None:
    """`again_at` None: it is never asked about again."""
    db.execute(update(texts).where(texts.c.id == text_id).values(classify_at=again_at))
