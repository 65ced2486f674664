"""Does the history of a lead's owners lead to today's owner, and is it as it was written?"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from sami.domain.leads.owner_history import what_is_wrong
from sami.leads.refusals import LeadUnknown
from sami.store.leads_history import LeadHistory, every_history, history_of_lead


@dataclass(frozen=True, slots=True)
class BrokenHistory:
    lead_id: int
    what: str


def verify_history(db: Connection, *, lead_id: int | None = None) -> tuple[BrokenHistory, ...]:
    """Leads whose history was edited or does not replay (R14); of one lead, or of all. Raises LeadUnknown."""
    return tuple(_broken(_wanted(db, lead_id)))


def _wanted(db: Connection, lead_id: int | None) -> Iterator[LeadHistory]:
    if lead_id is None:
        yield from every_history(db)
        return
    found = history_of_lead(db, lead_id)
    if found is None:
        raise LeadUnknown(lead_id)
    yield found


def _broken(histories: Iterator[LeadHistory]) -> Iterator[BrokenHistory]:
    for history in histories:
        wrong = what_is_wrong(history.changes, owner_id=history.owner_id, newest_seal=history.newest_seal)
        if wrong is not None:
            yield BrokenHistory(history.lead_id, wrong)
