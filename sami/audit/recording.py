"""A change is recorded: kept until the transaction has done everything else, then sealed and written with it.

Entries are numbered and sealed one after the other, so whoever writes one keeps everybody else from it. As the last
act of a transaction that takes a moment, and never waits for a lock while holding this one.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.audit.origin import origin
from sami.database.last_acts import at_the_end
from sami.domain.audit.entry import Entry, Said, SealedEntry, Verb, sealed
from sami.domain.language.actor import Actor
from sami.store.audit import insert_entries, lock_end

Values = Mapping[str, Any]

SALT_BYTES = 16
_SECRET_NAMES = frozenset({"secret", "token", "password"})
HIDDEN = "(secret)"
_AS_ONE: ContextVar[bool] = ContextVar("as_one", default=False)


def record(
    db: Connection,
    verb: Verb,
    thing: str,
    key: str | int = "",
    *,
    by: Actor,
    now: datetime,
    before: Values | None = None,
    after: Values | None = None,
    why: str = "",
) -> None:
    """`before` and `after` hold plain JSON values, and only what changed; never a secret or the body of a text."""
    if _AS_ONE.get():
        return
    came = origin()
    said = Said(came.place, str(key), _written(before), _written(after), why)
    at_the_end(db, write_entries, Entry(now, by, came.door, verb, thing, said))


@contextmanager
def recorded_as_one() -> Iterator[None]:
    """What happens here is part of something that has its one entry already: of an import, say."""
    before = _AS_ONE.set(True)
    try:
        yield
    finally:
        _AS_ONE.reset(before)


def record_change(
    db: Connection,
    thing: str,
    key: str | int,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: Actor,
    now: datetime,
    why: str = "",
) -> None:
    """What differs between the two, of the names in `after`; nothing where nothing does."""
    changed = [name for name, value in after.items() if before.get(name) != value]
    if changed:
        old, new = ({name: row.get(name) for name in changed} for row in (before, after))
        record(db, Verb.CHANGED, thing, key, before=old, after=new, by=by, now=now, why=why)


def write_entries(db: Connection, entries: list[Entry]) -> None:
    end = lock_end(db)
    number, seal, written = end.number, end.seal, list[SealedEntry]()
    for entry in entries:
        number += 1
        written.append(sealed(number, entry, secrets.token_hex(SALT_BYTES), seal))
        seal = written[-1].seal
    insert_entries(db, written)


def _written(values: Values | None) -> str | None:
    return None if values is None else json.dumps(_plain(values), ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    """As JSON knows it, with a mask for each secret."""
    match value:
        case Mapping():
            return {str(key): _hidden(key, inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(inner) for inner in value]
        case datetime():
            return value.isoformat()
    return value


def _hidden(key: object, value: Any) -> Any:
    is_secret = isinstance(key, str) and key.rpartition(".")[2] in _SECRET_NAMES
    return HIDDEN if is_secret and value is not None else _plain(value)
