"""What an enrolment's plan may look at, read from rows in the caller's transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from cadences.definitions import Step
from cadences.plan import EnrolmentFacts
from sami.consent.permissions import barred_until, contact_facts, contact_hours, zones_of
from sami.domain.consent.permission import Channel, ContactFacts
from sami.domain.language.phone import E164
from sami.settings.sections import CadencesSettings
from sami.store.cadences import contacts_since, is_on_the_phone
from sami.store.facts import Directory
from sami.store.ownership import inquiry_of

LATELY = timedelta(days=2)
"""Long enough for any zone's local day."""
LONGEST_CALL = timedelta(hours=4)


def read_facts(
    db: Connection,
    lead: Row[Any],
    steps: tuple[Step, ...],
    *,
    position: int,
    step_from: datetime,
    directory: Directory,
    settings: CadencesSettings,
    now: datetime,
) -> EnrolmentFacts:
    """`lead` as this transaction holds it."""
    phone = None if lead.phone is None else E164(lead.phone)
    text = None if phone is None else _contact(db, phone, lead, settings, now)
    zone = directory.organisation.time_zone
    return EnrolmentFacts(
        steps=steps,
        position=position,
        step_from=step_from,
        inquiry=inquiry_of(lead, opted_out=text is not None and text.opted_out, at=now),
        zones=zones_of(db, lead, phone, now) if text is None else text.zones,
        organisation_zone=zone,
        text=text,
        call=None if text is None or phone is None else _as_call(db, text, phone, lead),
        contacted_at=tuple(contacts_since(db, lead_id=lead.id, since=now - LATELY)),
        contacts_per_day=settings.contacts_per_day,
        on_the_phone=is_on_the_phone(db, lead_id=lead.id, since=now - LONGEST_CALL),
    )


def _contact(db: Connection, phone: E164, lead: Row[Any], settings: CadencesSettings, now: datetime) -> ContactFacts:
    return contact_facts(db, Channel.TEXT, phone, lead, now=now, hours=contact_hours(settings))


def _as_call(db: Connection, text: ContactFacts, phone: E164, lead: Row[Any]) -> ContactFacts:
    """Everything but the date is the same for both."""
    return replace(text, barred_until=barred_until(db, Channel.CALL, lead, phone))
