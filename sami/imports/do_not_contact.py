"""A list of phones that must not be contacted: each row's phone read, and listed with the file as its source."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from sami.audit.recording import record
from sami.consent import ledger
from sami.domain.audit.entry import Verb
from sami.domain.consent.permission import NEVER, Channel
from sami.domain.language.actor import Actor
from sami.domain.language.phone import E164, parse_phone
from sami.domain.leads.written_values import Wrong
from sami.imports.cells import as_written
from sami.imports.columns import Columns, MappingRefused, map_columns
from sami.imports.files import FileRow
from sami.store.leads import lock_ownership
from sami.store.texts import barred_until

_RIGHT = "write it in E.164, for example +15125550142"


class Listed(StrEnum):
    """What came of a row."""

    NEW = "newly listed"
    KNOWN = "listed already"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Suppression:
    """What a list says of each phone on it. `until` None: for good. `source` names the file and who took it in."""

    channels: tuple[Channel, ...]
    until: datetime | None
    source: str
    why: str


def phone_column(headers: tuple[str, ...], stated: str | None) -> Columns:
    """The columns with the one that holds the phone; every other one is only carried along. Raises MappingRefused."""
    columns = map_columns(headers, {} if stated is None else {stated: "phone"})
    if "phone" not in columns.fields:
        raise MappingRefused(f"No column holds a phone; the columns are {', '.join(headers)}. Say which with --column.")
    return columns


def read_phone(columns: Columns, row: FileRow, country: str) -> E164 | tuple[Wrong, ...]:
    if row.wrong:
        return (Wrong("row", row.wrong, row.right),)
    place = columns.fields.index("phone")
    written = as_written(row.cells[place]).strip() if place < len(row.cells) else ""
    if not written:
        return (Wrong("phone", "is empty", _RIGHT),)
    return parse_phone(written, country) or (Wrong("phone", "is not a phone number", _RIGHT),)


def is_listed(db: Connection, phone: E164, suppression: Suppression) -> bool:
    """Whether they are barred for at least that long: a list that ends sooner never shortens another."""
    wanted = suppression.until or NEVER
    known = (barred_until(db, phone=phone, channel=channel) for channel in suppression.channels)
    return all(until is not None and until >= wanted for until in known)


def begin_list(db: Connection, file: str, suppression: Suppression, *, by: Actor, now: datetime) -> None:
    """Recorded before anybody is listed: whoever lists them part by part may be interrupted."""
    after = {"barred": [channel.value for channel in suppression.channels], "until": suppression.until}
    record(db, Verb.IMPORTED, "consent", file, after=after, by=by, now=now, why=suppression.why)


def list_phones(db: Connection, phones: Iterable[E164], suppression: Suppression, now: datetime) -> Counter[Listed]:
    counts: Counter[Listed] = Counter()
    lock_ownership(db)
    for phone in phones:
        if is_listed(db, phone, suppression):
            counts[Listed.KNOWN] += 1
            continue
        open_channels = (
            channel
            for channel in suppression.channels
            if (barred_until(db, phone=phone, channel=channel) or now) < (suppression.until or NEVER)
        )
        ledger.bar(
            db,
            phone=phone,
            channels=open_channels,
            until=suppression.until,
            source=suppression.source,
            now=now,
            words=suppression.why,
        )
        counts[Listed.NEW] += 1
    return counts
