"""One batch of leads from one file: each row is taken in with an entry that says what it did, in one transaction."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from sami.audit.recording import record, recorded_as_one
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.leads.arrivals import Standing
from sami.domain.leads.stages import Stage, may_move
from sami.domain.leads.written_values import Wrong
from sami.errors import SamiError
from sami.imports.columns import Columns
from sami.imports.files import LeadFile
from sami.leads.intake import NAMED, NOTHING_SAID, RECORD, TRUSTED, Received, receive_lead
from sami.leads.owners import reassign
from sami.leads.refusals import AgentsPhone
from sami.leads.stages import change_stage
from sami.store import imports as store
from sami.store.actors import actor_columns
from sami.store.batches import finish_batch, insert_batch
from sami.store.leads import find_lead, update_lead
from sami.workers.intake import Prepared, UnreadablePhone

MARK = "timeline"
"""A key beside the columns that a row left: the newest line of the lead's timeline at that instant."""

_REASONS: dict[type[SamiError], Wrong] = {
    AgentsPhone: Wrong("phone", "is the phone of an agent", "write the lead's own"),
    UnreadablePhone: Wrong("phone", "is not a phone number", "write it in E.164, for example +15125550142"),
}


class ImportedTwice(SamiError):
    """Another process imports this file at this moment."""

    code = "imported_twice"
    status = 409


class Came(StrEnum):
    """What came of a row."""

    NEW = "new"
    KNOWN = "known"
    BEFORE = "imported before"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Import:
    """`carried_on`: it began with an earlier run, which did not get to the end of the file."""

    ref: str
    carried_on: bool = False

    @property
    def by(self) -> Actor:
        """How its changes are recorded."""
        return Actor(ActorKind.IMPORT, self.ref)


def digest_of(file: LeadFile, columns: Columns, source: str, zone: str) -> str:
    """The same file read in the same way: its rows have the same numbers and say the same."""
    of_dates = [zone] if "created_at" in columns.fields else []
    return sha256(json.dumps([file.digest, columns.fields, source, *of_dates]).encode()).hexdigest()


def find_begun(db: Connection, digest: str) -> Import | None:
    row = store.find_unfinished(db, digest)
    return None if row is None else Import(row.ref, carried_on=True)


def begin_import(db: Connection, *, title: str, digest: str, by: Actor, now: datetime) -> Import:
    """An import of the same file that was interrupted is carried on."""
    begun = find_begun(db, digest)
    if begun is not None:
        return begun
    ref = secrets.token_hex(4)
    insert_batch(db, ref=ref, kind="import", title=title, at=now, **actor_columns(by), digest=digest)
    record(db, Verb.IMPORTED, "import", ref, after={"file": title}, by=by, now=now)
    return Import(ref)


def is_imported(db: Connection, batch: Import, number: int) -> bool:
    return store.is_row_done(db, batch.ref, number)


def import_row(
    db: Connection,
    batch: Import,
    number: int,
    prepared: Prepared,
    *,
    as_new: bool,
    now: datetime,
    standing: Standing = NOTHING_SAID,
) -> Came:
    """`as_new`: as if it came in this moment, with all that this sets going; else a row is a record and no news.

    Raises what `receive_lead` raises, and ImportedTwice where another process was faster.
    """
    door = TRUSTED if as_new else RECORD
    with recorded_as_one():
        received = receive_lead(db, prepared, by=batch.by, now=now, door=door, standing=standing)
        if not received.created:
            received = _bring_back(db, batch, received, standing, now)
    lead_id, after = received.lead_id, _left(db, received)
    if not received.created:
        _move_mark(db, batch, lead_id, after[MARK], now)
    before = None if received.created else dict(received.before)
    if not store.insert_entry(db, batch=batch.ref, lead_id=lead_id, row=number, before=before, after=after):
        raise ImportedTwice
    return Came.NEW if received.created else Came.KNOWN


def finish_import(db: Connection, batch: Import, *, now: datetime) -> None:
    finish_batch(db, batch.ref, at=now)


def reasons_of(refusal: SamiError) -> tuple[Wrong, ...]:
    """Why a row was refused by the door that every lead comes through."""
    return (_REASONS.get(type(refusal)) or Wrong("row", "was refused", refusal.sentence.rstrip(".")),)


def _bring_back(db: Connection, batch: Import, received: Received, standing: Standing, now: datetime) -> Received:
    """A lead that was only put away because its import was undone is imported again; others stay where they are."""
    lead = find_lead(db, received.lead_id)
    if lead is None or lead.stage != Stage.TRASHED or not store.was_undone_with_its_import(db, lead.id):
        return received
    change_stage(db, lead_id=lead.id, stage=Stage.CONTACTING, by=batch.by, now=now)
    if standing.stage is not None and may_move(Stage.CONTACTING, standing.stage):
        change_stage(db, lead_id=lead.id, stage=standing.stage, by=batch.by, now=now)
    if standing.owner is not None:
        reassign(db, lead_id=lead.id, to=standing.owner, reason=NAMED, by=batch.by, now=now, notify=False)
    if standing.created_at is not None:
        update_lead(db, lead.id, created_at=standing.created_at)
    return replace(received, before={**received.before, "stage": Stage.TRASHED.value})


def _left(db: Connection, received: Received) -> dict[str, Any]:
    row = find_lead(db, received.lead_id)
    assert row is not None, "it was just received"
    columns: Iterable[str] = ("stage",) if received.created else received.before
    mark = store.newest_timeline_entry(db, received.lead_id)
    return {**{name: getattr(row, name) for name in columns}, MARK: mark}


def _move_mark(db: Connection, batch: Import, lead_id: int, mark: int, now: datetime) -> None:
    """A later row of the file is not somebody who touched the lead, unless somebody had by then."""
    first = store.first_entry_of(db, batch.ref, lead_id)
    if first is None or any(line.at != now for line in store.timeline_since(db, lead_id, first.after[MARK])):
        return
    store.note_left(db, first.id, {**first.after, MARK: mark})
