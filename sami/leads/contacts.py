"""A lead's phone or e-mail address is put right by somebody of ours."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.leads.written_values import PHONE_AS_WRITTEN
from sami.leads.recipients import refuse_agents_phone
from sami.leads.refusals import LeadExists, Unreachable
from sami.store.leads import lead_with


def correct_contacts(db: Connection, row: Row[Any], said: Mapping[str, str | None]) -> dict[str, Any]:
    """The columns as they are to be.

    `said` holds phone, in E.164, or email, or both; None takes it away. Raises LeadExists, AgentsPhone or
    Unreachable.
    """
    phone, email = said.get("phone", row.phone), said.get("email", row.email)
    if phone is None and email is None:
        raise Unreachable
    refuse_agents_phone(db, phone)
    other = lead_with(db, lead_id=row.id, phone=phone, email=email)
    if other is not None:
        raise LeadExists(other.id)
    return {
        "phone": phone,
        "email": email,
        "other_phones": [kept for kept in row.other_phones if kept != phone],
        "other_emails": [kept for kept in row.other_emails if kept != email],
        "findings": {name: value for name, value in row.findings.items() if name != PHONE_AS_WRITTEN},
    }
