"""What we say to a lead by ourselves: begun, held back, ended; and outbound calls. Each leaves its line."""

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.apply.announced import announce
from sami.apply.items import new_item
from sami.apply.tasks import DO_NOT_CONTACT, end_work
from sami.domain.calls.outbound_calls import OutboundState
from sami.domain.consent.permission import NEVER
from sami.domain.delivery.kinds import Kind
from sami.domain.leads.enrolments import EnrolmentState
from sami.domain.organisation.document import Cadence
from sami.domain.outcomes.announcements import cadence_ended
from sami.domain.outcomes.effects import CancelCadences, DoNotContact, EndWork, Enrol, OptOut, PauseCadences, PlaceCall
from sami.store import cadences, leads, work
from sami.store.actors import actor_columns
from sami.store.clocks import put_clock_off
from sami.store.consents import record_change
from sami.store.facts import read_directory
from sami.store.outbound_calls import end_placed_calls_of, insert_placed_call
from sami.store.texts import consent_of, record_consent

_FOR_EVER = "for good"


def enrol(db: Connection, effect: Enrol, now: datetime) -> None:
    """Its first step is looked at by the next beat."""
    directory = read_directory(db)
    cadence = directory.cadences.get(effect.cadence)
    if cadence is None or directory.version is None:
        _tell(db, effect.lead_id, f"Not enrolled in {effect.cadence} by {effect.by}: there is no such cadence", now)
        return
    lead = leads.find_lead(db, effect.lead_id)
    if lead is not None and lead.phone is not None and consent_of(db, lead.phone) == "opted_out":
        _tell(db, effect.lead_id, f"Not enrolled in {cadence.name} by {effect.by}: the lead opted out", now)
        return
    enrolled = cadences.insert_enrolment(
        db,
        lead_id=effect.lead_id,
        cadence=effect.cadence,
        version=directory.version,
        state=EnrolmentState.ACTIVE.value,
        **actor_columns(effect.by),
        line=effect.line or directory.public_line,
        due_at=now,
        step_from=now,
        enrolled_at=now,
    )
    said = "Enrolled in" if enrolled is not None else "Not enrolled again in"
    why = "" if enrolled is not None else ": the lead is in it"
    _tell(db, effect.lead_id, f"{said} {cadence.name} by {effect.by}{why}", now)


def pause_cadences(db: Connection, effect: PauseCadences, now: datetime) -> None:
    paused = cadences.pause_enrolments(
        db, lead_id=effect.lead_id, until=effect.until, why=effect.why, by=effect.by, at=now
    )
    until = (
        "until somebody resumes them"
        if effect.until is None
        else f"until {read_directory(db).clock(now).note(effect.until)}"
    )
    for name in _names(db, paused):
        _tell(db, effect.lead_id, f"{name} paused {until} by {effect.by}: {effect.why}", now)


def cancel_cadences(db: Connection, effect: CancelCadences, now: datetime) -> None:
    """The lead's row is written first: a text of a cadence that is just about to leave is read with it (R9)."""
    if effect.cadence is None:
        leads.lock_ownership(db)  # Before the lead's row, as everywhere.
        leads.update_lead(db, effect.lead_id, outreach_stopped_at=now)
    cancelled = cadences.cancel_enrolments(
        db, lead_id=effect.lead_id, cadence=effect.cadence, why=effect.why, by=effect.by, at=now, call=effect.call
    )
    for name in _names(db, cancelled):
        _tell(db, effect.lead_id, f"{name} cancelled by {effect.by}: {effect.why}", now)
    for key in cancelled:
        state = EnrolmentState.CANCELLED.value
        announce(db, cadence_ended(effect.lead_id, key, state=state, why=effect.why, by=effect.by.written, at=now), now)


def do_not_contact(db: Connection, effect: DoNotContact, now: datetime) -> None:
    until = effect.until or NEVER
    leads.lock_ownership(db)  # Before the lead's row, as everywhere.
    leads.update_lead(db, effect.lead_id, do_not_contact_until=until)
    lead = leads.find_lead(db, effect.lead_id)
    if lead is not None and lead.phone is not None:
        record_change(
            db,
            phone=lead.phone,
            state="do_not_contact",
            source=effect.by.written,
            at=now,
            until=effect.until,
            words=effect.why,
        )
    said = _FOR_EVER if effect.until is None else f"until {read_directory(db).clock(now).note(effect.until)}"
    _tell(db, effect.lead_id, f"Not to be contacted {said}, by {effect.by}: {effect.why}", now)
    if effect.until is not None:
        put_clock_off(db, lead_id=effect.lead_id, due_at=effect.until)
    else:
        end_work(db, EndWork(effect.lead_id, DO_NOT_CONTACT, effect.by), now)


def opt_out(db: Connection, effect: OptOut, now: datetime) -> None:
    if consent_of(db, effect.phone) != "opted_out":
        record_consent(db, phone=effect.phone, state="opted_out", source=effect.source, at=now, words=effect.words)
        work.cancel_texts_to(db, phone=effect.phone, why="opted out")


def place_call(db: Connection, effect: PlaceCall, now: datetime) -> list[dict[str, Any]]:
    """The outbox item that creates it; one that rings an agent first waits for one who is free, and has none yet."""
    ref = secrets.token_hex(8)
    if effect.of_call is not None:
        end_placed_calls_of(db, call=effect.of_call, at=now)
    stated = asdict(effect)
    occasion = stated.pop("occasion")
    placed = insert_placed_call(
        db,
        **stated,
        ref=ref,
        state=OutboundState.WAITING.value,
        due_at=now,
        created_at=now,
    )
    if not placed:
        _tell(db, effect.lead_id, "Not called: a call to this phone is under way", now)
        return []
    payload = {"placed": ref, "lead_id": effect.lead_id}
    item = new_item(Kind.BOT_CALL, effect.dedupe_key, payload, due_at=now, now=now, occasion=occasion)
    return [] if effect.agent_first else [item]


def _names(db: Connection, keys: list[str]) -> list[str]:
    """As people call them; a cadence that is gone from the file is called by its key."""
    if not keys:
        return []
    known = read_directory(db).cadences
    return [known.get(key, Cadence(key, key)).name for key in keys]


def _tell(db: Connection, lead_id: int, text: str, now: datetime) -> None:
    leads.insert_timeline_entry(db, lead_id=lead_id, at=now, kind="cadence", text=text)
