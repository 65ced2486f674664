"""What would come of a row, had all rows before it been imported? Asked, and nothing written."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.leads.arrivals import NewLead
from sami.imports.batch import Came
from sami.leads.recipients import refuse_agents_phone
from sami.store.leads import find_lead_by_email, find_lead_by_phone, find_lead_by_source_id
from sami.store.seen import Seen


class Rehearsal:
    """Leads are known by what identifies them, in the order in which intake looks: phone, id at the source, e-mail."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._made = 0

    def try_row(self, db: Connection, new: NewLead) -> Came:
        """Raises AgentsPhone, as the import would."""
        refuse_agents_phone(db, new.phone)
        identities = dict(_identities(new))
        lead = next(filter(None, (self._lead_of(db, kind, new) for kind in identities)), None)
        came = Came.NEW if lead is None else Came.KNOWN
        if lead is None:
            self._made += 1
            lead = f"new {self._made}"
        for kind, value in identities.items():
            self._fill_in(db, lead, kind, value, new)
        return came

    def _lead_of(self, db: Connection, kind: str, new: NewLead) -> str | None:
        """The lead that has this identity by now, with all of its own remembered."""
        lead = self._seen.lead_of(kind, dict(_identities(new))[kind])
        row = _find(db, kind, new) if lead is None else None
        if row is None:
            return lead
        for known, value in _identities(row):
            if not self._seen.has(str(row.id), known):
                self._seen.add(str(row.id), known, value)
        return str(row.id)

    def _fill_in(self, db: Connection, lead: str, kind: str, value: str, new: NewLead) -> None:
        """A lead gets each identity that it lacks and no other lead has."""
        if self._lead_of(db, kind, new) is None and not self._seen.has(lead, kind):
            self._seen.add(lead, kind, value)


def _identities(lead: NewLead | Row[Any]) -> Iterator[tuple[str, str]]:
    if lead.phone is not None:
        yield "phone", lead.phone
    if lead.source_id is not None:
        yield "source_id", json.dumps([lead.source, lead.source_id])
    if lead.email is not None:
        yield "email", lead.email


def _find(db: Connection, kind: str, new: NewLead) -> Row[Any] | None:
    match kind:
        case "phone":
            return find_lead_by_phone(db, str(new.phone))
        case "email":
            return find_lead_by_email(db, str(new.email))
        case _:
            return find_lead_by_source_id(db, source=new.source, source_id=str(new.source_id))
