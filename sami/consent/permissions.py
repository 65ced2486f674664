"""May we contact this lead on this channel now? Asked when something is planned, and again when it leaves (R9, R12)."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from sami.domain.consent.permission import (
    Barred,
    Channel,
    ContactFacts,
    ContactHours,
    NotBefore,
    Permission,
    may_contact,
    may_text,
)
from sami.domain.language.phone import E164, is_landline, refusal
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.places import locate
from sami.settings.sections import CadencesSettings
from sami.store import texts
from sami.store.cadences import read_enrolment_kept
from sami.store.facts import read_directory
from sami.store.leads import read_lead_kept
from sami.store.ownership import inquiry_of

LOOKED_AT_AGAIN = timedelta(minutes=5)
_HELD = frozenset({EnrolmentState.PAUSED, EnrolmentState.CANCELLED})


def permission(
    db: Connection,
    channel: Channel,
    *,
    phone: E164,
    lead_id: int | None,
    now: datetime,
    hours: ContactHours,
    asked_at: datetime | None = None,
    enrolment: int | None = None,
    wanted_at: datetime | None = None,
) -> Permission:
    """For something of ours to a lead. `enrolment`: the cadence that wanted it, at `wanted_at`.

    The lead and the enrolment are kept as they are until this transaction ends: what cancels comes before or after.
    """
    lead = None if lead_id is None else read_lead_kept(db, lead_id)
    stopped = None if enrolment is None else _stopped(db, enrolment, lead, wanted_at)
    if lead is not None and lead.phone not in (None, phone):
        return Barred("their phone was corrected since")
    facts = contact_facts(db, channel, phone, lead, now=now, hours=hours, asked_at=asked_at, stopped=stopped)
    permitted = may_text(facts, now) if channel is Channel.TEXT else may_contact(facts, now)
    if isinstance(permitted, Barred) or not _is_held_back(lead, asked_at):
        return permitted
    return NotBefore(max(now + LOOKED_AT_AGAIN, permitted.at if isinstance(permitted, NotBefore) else now))


def _is_held_back(lead: Row[Any] | None, asked_at: datetime | None) -> bool:
    """Whether it is being asked if they want to stop; who asks for contact since then does not."""
    unsure_at = None if lead is None else lead.stop_unsure_at
    return unsure_at is not None and (asked_at is None or asked_at <= unsure_at)


def contact_hours(settings: CadencesSettings) -> ContactHours:
    return ContactHours(
        time.fromisoformat(settings.quiet_to), time.fromisoformat(settings.quiet_from), settings.sundays
    )


def contact_facts(
    db: Connection,
    channel: Channel,
    phone: E164,
    lead: Row[Any] | None,
    *,
    now: datetime,
    hours: ContactHours,
    asked_at: datetime | None = None,
    stopped: str | None = None,
) -> ContactFacts:
    """What this phone permits on this channel, as it stands now."""
    return ContactFacts(
        opted_out=_is_opted_out(db, channel, phone, asked_at),
        for_lead=True,
        refused=refusal(phone, frozenset({read_directory(db).organisation.country})),
        bad_number=texts.is_bad_number(db, phone),
        landline=is_landline(phone) or texts.takes_no_texts(db, phone),
        zones=zones_of(db, lead, phone, now),
        asked_at=asked_at,
        barred_until=barred_until(db, channel, lead, phone),
        stopped=stopped,
        hours=hours,
    )


def _is_opted_out(db: Connection, channel: Channel, phone: E164, asked_at: datetime | None) -> bool:
    """Who opted out and asks for a call afterwards wants that call; a text to them the carrier would refuse."""
    opted_out_at = texts.opted_out_at(db, phone)
    if opted_out_at is None:
        return False
    return not (channel is Channel.CALL and asked_at is not None and asked_at > opted_out_at)


def zones_of(db: Connection, lead: Row[Any] | None, phone: E164 | None, now: datetime) -> tuple[str, ...]:
    """Every zone the lead may live in: from the address, else of the area code, else the organisation's own."""
    organisation = read_directory(db).organisation
    if lead is not None:
        zones = locate(inquiry_of(lead, opted_out=False, at=now), organisation.country).zones
        if zones:
            return zones
    of_phone = locate(Inquiry(phone=phone), organisation.country).zones if phone else ()
    return of_phone or (organisation.time_zone,)


def barred_until(db: Connection, channel: Channel, lead: Row[Any] | None, phone: E164) -> datetime | None:
    """The instant before which neither the lead nor its phone may be contacted on this channel; `NEVER` for good."""
    of_phone = texts.barred_until(db, phone=phone, channel=channel)
    of_lead = None if lead is None else lead.do_not_contact_until
    return max((until for until in (of_phone, of_lead) if until is not None), default=None)


def _stopped(db: Connection, enrolment_id: int, lead: Row[Any] | None, wanted_at: datetime | None) -> str | None:
    enrolment = read_enrolment_kept(db, enrolment_id)
    if enrolment is None or enrolment.state in _HELD:
        return "its cadence was held back" if enrolment is not None else "its cadence is gone"
    stopped = {
        "cadences were cancelled": None if lead is None else lead.outreach_stopped_at,
        "its cadence was held back": enrolment.silenced_at,
    }
    came_after = (why for why, at in stopped.items() if at is not None and wanted_at is not None and at >= wanted_at)
    return next(came_after, None)
