"""Who owned a lead and why, as it was written down; and for checking all of it, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from sami.domain.leads.owner_history import OwnerChange, SealedChange
from sami.store.leads import leads, ownerships

LEADS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class LeadHistory:
    """All changes of one lead's owner, oldest first, beside what the lead itself says."""

    lead_id: int
    owner_id: int | None
    newest_seal: str | None
    changes: tuple[SealedChange, ...]


def history_of_lead(db: Connection, lead_id: int) -> LeadHistory | None:
    return next(_histories(db, after=lead_id - 1, through=lead_id, limit=1), None)


def every_history(db: Connection) -> Iterator[LeadHistory]:
    """The history of all leads, without holding all of it in memory."""
    last = 0
    while True:
        count = 0
        for history in _histories(db, after=last, through=None, limit=LEADS_AT_ONCE):
            count, last = count + 1, history.lead_id
            yield history
        if count < LEADS_AT_ONCE:
            return


def newest_change(db: Connection, lead_id: int) -> Row[Any] | None:
    changes = select(ownerships).where(ownerships.c.lead_id == lead_id)
    return db.execute(changes.order_by(ownerships.c.id.desc()).limit(1)).first()


def _histories(db: Connection, *, after: int, through: int | None, limit: int) -> Iterator[LeadHistory]:
    wanted = select(leads.c.id, leads.c.owner_id, leads.c.history_seal).where(leads.c.id > after)
    if through is not None:
        wanted = wanted.where(leads.c.id <= through)
    found = db.execute(wanted.order_by(leads.c.id).limit(limit)).all()
    if not found:
        return
    of_these = ownerships.c.lead_id.between(found[0].id, found[-1].id)
    rows = db.execute(select(ownerships).where(of_these).order_by(ownerships.c.lead_id, ownerships.c.id))
    changes = {lead_id: tuple(map(_sealed, group)) for lead_id, group in groupby(rows, key=lambda row: row.lead_id)}
    for lead in found:
        yield LeadHistory(lead.id, lead.owner_id, lead.history_seal, changes.get(lead.id, ()))


def _sealed(row: Row[Any]) -> SealedChange:
    change = OwnerChange(
        row.lead_id, row.from_id, row.to_id, row.why, row.by, row.at, row.decision, row.turn, row.batch
    )
    return SealedChange(change, row.seal)
