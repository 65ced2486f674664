"""What an enrolment's plan may look at, read from rows in the caller's transaction."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from cadences.definitions import Step
from cadences.plan import EnrolmentFacts
from sami.domain.consent import Channel, ContactFacts
from sami.domain.phone import E164
from sami.permissions import contact_facts, contact_hours, zones_of
from sami.settings_sections import CadencesSettings
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
    text, call = (_contact(db, channel, phone, lead, settings, now) for channel in (Channel.TEXT, Channel.CALL))
    zone = directory.organisation.time_zone
    return EnrolmentFacts(
        steps=steps,
        position=position,
        step_from=step_from,
        inquiry=inquiry_of(lead, opted_out=text is not None and text.opted_out, at=now),
        zones=zones_of(db, lead, phone, now) if text is None else text.zones,
        organisation_zone=zone,
        text=text,
        call=call,
        contacted_at=tuple(contacts_since(db, lead_id=lead.id, since=now - LATELY)),
        contacts_per_day=settings.contacts_per_day,
        on_the_phone=is_on_the_phone(db, lead_id=lead.id, since=now - LONGEST_CALL),
    )


def _contact(
    db: Connection, channel: Channel, phone: E164 | None, lead: Row[Any], settings: CadencesSettings, now: datetime
) -> ContactFacts | None:
    return None if phone is None else contact_facts(db, channel, phone, lead, now=now, hours=contact_hours(settings))
