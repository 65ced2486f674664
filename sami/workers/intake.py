"""A lead as somebody hands it over is read, and examined by the workers, before it is stored."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.database.engine import Database
from sami.domain.assignment.pipeline_step import IntakeFacts, StepResult
from sami.domain.assignment.policy import Policy
from sami.domain.language.names import is_placeholder
from sami.domain.language.phone import E164
from sami.domain.leads.arrivals import NewLead, found_beside, inquiry_from
from sami.domain.leads.exception_kinds import ExceptionKind
from sami.domain.leads.written_values import Wrong, as_everywhere, read_phone
from sami.errors import SamiError
from sami.settings.sections import WorkersSettings
from sami.store.facts import Directory, read_directory
from sami.store.leads import find_lead_by_phone
from sami.store.policies import insert_intake_steps, open_exception, policy_in_force
from sami.store.texts import consent_of, is_bad_number
from sami.workers.orchestrator import DEFAULT_SETTINGS, examine

NO_POLICY = Policy()


class UnreadablePhone(SamiError):
    """The phone cannot be read. Write it in E.164, for example +15125550142."""

    code = "unreadable_phone"
    status = 422


@dataclass(frozen=True, slots=True)
class Prepared:
    """A lead ready to be stored: what it said, its phone read, and beside it what the workers found.

    `flags` are failures of workers, as sentences for a person to look at.
    """

    new: NewLead
    found: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[StepResult, ...] = ()
    flags: tuple[str, ...] = ()


def prepare_lead(
    database: Database, new: NewLead, *, now: datetime, settings: WorkersSettings = DEFAULT_SETTINGS
) -> Prepared:
    """To be called with no transaction open: a customer's own worker takes its time. Raises UnreadablePhone."""
    with database.read() as db:
        directory = read_directory(db)
        read = _read(new, directory)
        facts, policy = _facts(db, read, directory, now), _policy(db, now)
    return _examined(read, facts, policy, settings, remote=True)


def prepare_caller(db: Connection, phone: E164, source: str, directory: Directory, now: datetime) -> Prepared:
    """Little is known of somebody who calls or texts, and they wait: only our own workers look, in this transaction."""
    new = NewLead(phone=phone, source=source)
    return _examined(new, _facts(db, new, directory, now), _policy(db, now), DEFAULT_SETTINGS, remote=False)


def keep_steps(db: Connection, lead_id: int, prepared: Prepared, now: datetime) -> None:
    """What each worker found, kept with the lead; a failure is an exception for a person to look at."""
    insert_intake_steps(db, lead_id=lead_id, run=secrets.token_hex(8), results=prepared.steps, at=now)
    if prepared.flags:
        open_exception(db, lead_id=lead_id, kind=ExceptionKind.WORKER_FAILED, detail="; ".join(prepared.flags), at=now)


def _read(new: NewLead, directory: Directory) -> NewLead:
    home = directory.organisation.country
    read = as_everywhere(new, home)
    if not new.phone or is_placeholder(new.phone):
        return replace(read, phone=None)
    found = read_phone(new.phone, home, email=read.email)
    if isinstance(found, Wrong):
        raise UnreadablePhone
    phone, noted = found
    return replace(read, phone=phone, findings={**read.findings, **noted})


def _facts(db: Connection, new: NewLead, directory: Directory, now: datetime) -> IntakeFacts:
    known = None if new.phone is None else find_lead_by_phone(db, new.phone)
    return IntakeFacts(
        at=now,
        country=directory.organisation.country,
        time_zone=directory.organisation.time_zone,
        consent=None if new.phone is None else consent_of(db, new.phone),
        do_not_contact_until=None if known is None else known.do_not_contact_until,
        bad_number=new.phone is not None and is_bad_number(db, new.phone),
        licensed_states=directory.licensed_states,
    )


def _policy(db: Connection, now: datetime) -> Policy:
    found = policy_in_force(db, now)
    return NO_POLICY if found is None else found[1]


def _examined(new: NewLead, facts: IntakeFacts, policy: Policy, settings: WorkersSettings, *, remote: bool) -> Prepared:
    inquiry = inquiry_from(new)
    key = new.phone or new.email or f"{new.source}/{new.source_id}"
    examined = examine(inquiry, facts, policy, key=key, remote=remote, settings=settings)
    said = replace(new, name=examined.inquiry.name, email=examined.inquiry.email)
    return Prepared(said, found_beside(said, examined.inquiry), examined.results, examined.flags)
