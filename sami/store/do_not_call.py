"""Did this lead ask not to be called? Whatever asks one of ours for contact asks this first (R24)."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from sami.domain.consent.permission import NEVER, Channel
from sami.store.leads import leads, read_lead_kept
from sami.store.texts import consents, do_not_contact


def is_not_to_be_called(db: Connection, lead_id: int | None) -> bool:
    """Whether they asked for good not to be called: who asked to be contacted later is called then."""
    if lead_id is None:
        return False
    said = select(leads.c.id).where(leads.c.id == lead_id)
    opted_out = consents.c.phone == leads.c.phone, consents.c.state == "opted_out"
    no_calls = (
        do_not_contact.c.phone == leads.c.phone,
        do_not_contact.c.channel == Channel.CALL.value,
        do_not_contact.c.until.is_(None),
    )
    asked = or_(
        leads.c.do_not_contact_until >= NEVER,
        select(consents.c.phone).where(*opted_out).exists(),
        select(do_not_contact.c.phone).where(*no_calls).exists(),
    )
    return db.execute(said.where(asked)).first() is not None


def is_answered(db: Connection, lead_id: int) -> bool:
    """Whether one of ours has responded to the lead."""
    lead = read_lead_kept(db, lead_id)
    return lead is not None and lead.responded_at is not None


def is_work_over(db: Connection, lead_id: int, *, since: datetime) -> bool:
    """Whether there is nothing more to contact the lead for since then. The lead is kept as it is meanwhile."""
    lead = read_lead_kept(db, lead_id)
    return lead is not None and lead.work_ended_at is not None and lead.work_ended_at > since
