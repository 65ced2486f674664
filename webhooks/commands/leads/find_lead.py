"""A lead named at the terminal: by its number, or by a phone in any writing."""

from sqlalchemy import Connection

from sami.domain.language.phone import parse_phone
from sami.errors import SamiError
from sami.store.facts import read_directory
from sami.store.leads import find_lead, find_lead_by_phone

NUMBER_DIGITS_MAX = 9


class NoSuchLead(SamiError):
    """There is no such lead; name one by its number or its phone."""

    code = "lead_unknown"
    status = 404


def is_lead_number(written: str) -> bool:
    """Not a phone: those have more digits, or a sign among them."""
    return written.isascii() and written.isdecimal() and len(written) <= NUMBER_DIGITS_MAX


def lead_meant(db: Connection, written: str) -> int:
    """The lead's number. Raises NoSuchLead."""
    if is_lead_number(written):
        row = find_lead(db, int(written))
    else:
        phone = parse_phone(written, read_directory(db).organisation.country)
        row = None if phone is None else find_lead_by_phone(db, phone)
    if row is None:
        raise NoSuchLead
    return int(row.id)
