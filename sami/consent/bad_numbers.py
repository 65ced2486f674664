"""A phone turns out to be bad: it is never used again, and whoever was given its lead gets the turn back."""

from datetime import datetime

from sqlalchemy import Connection

from sami.assignment.owner import give_turn_back
from sami.domain.language.phone import E164
from sami.store.leads import find_lead_by_phone
from sami.store.texts import is_bad_number, mark_bad_number


def learn_bad_number(db: Connection, phone: E164, error_code: int, now: datetime) -> None:
    """Once: what is known already gives nothing back again."""
    if is_bad_number(db, phone):
        return
    mark_bad_number(db, phone=phone, error_code=error_code, at=now)
    lead = find_lead_by_phone(db, phone)
    if lead is not None:
        give_turn_back(db, lead.id)
