"""A lead's phone or e-mail address is put right by somebody of ours."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row

from sami.errors import SamiError
from sami.store.leads import lead_with
from sami.store.people import is_agents_phone


class LeadExists(SamiError):
    """Another lead has this phone or e-mail address."""

    code = "lead_exists"
    status = 409

    def __init__(self, lead_id: int) -> None:
        super().__init__(f"It is lead {lead_id}.")


class Unreachable(SamiError):
    """Without a phone and an e-mail address nobody could reach this lead. Keep one of them."""

    code = "lead_unreachable"
    status = 422


class PhoneOfAnAgent(SamiError):
    """This is the phone of an agent, who never becomes a lead."""

    code = "phone_of_an_agent"
    status = 422


def corrected(db: Connection, row: Row[Any], said: Mapping[str, str | None]) -> dict[str, Any]:
    """The columns as they are to be.

    `said` holds phone, in E.164, or email, or both; None takes it away. Raises LeadExists, PhoneOfAnAgent or
    Unreachable.
    """
    phone, email = said.get("phone", row.phone), said.get("email", row.email)
    if phone is None and email is None:
        raise Unreachable
    if phone is not None and is_agents_phone(db, phone):
        raise PhoneOfAnAgent
    other = lead_with(db, lead_id=row.id, phone=phone, email=email)
    if other is not None:
        raise LeadExists(other.id)
    return {
        "phone": phone,
        "email": email,
        "other_phones": [kept for kept in row.other_phones if kept != phone],
        "other_emails": [kept for kept in row.other_emails if kept != email],
        "findings": {name: value for name, value in row.findings.items() if name != "phone_as_written"},
    }
