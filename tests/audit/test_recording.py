"""A change is recorded in its own transaction, with where it came from, and edits of the tables show."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy import text as sql  # noqa: TID251 - what is edited behind our back is edited in SQL.

from sami.audit.origin import coming_from
from sami.audit.recording import record, record_change
from sami.audit.verifying import verify_audit
from sami.database.engine import Database
from sami.database.savepoint import PartFailed, part
from sami.domain.audit.entry import Door, Origin, SealedEntry, Verb
from sami.domain.language.actor import Actor, ActorKind
from sami.store.audit import entries_of

NOW = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
CRM = Actor(ActorKind.API_KEY, "crm")


def entries(database: Database) -> list[SealedEntry]:
    """Oldest first."""
    with database.read() as db:
        return entries_of(db, by=None, since=None, until=None, before=None, limit=500)[::-1]


def change(database: Database, key: str, *, by: Actor = CRM) -> None:
    with database.begin() as db:
        record(db, Verb.CHANGED, "lead", key, by=by, now=NOW, before={"stage": "NEW"}, after={"stage": "ARCHIVED"})


def test_an_entry_says_who_from_where_and_what_changed(database: Database) -> None:
    with coming_from(Origin(Door.API, "203.0.113.7")), database.begin() as db:
        before, after = {"name": "Ana", "calls": True, "secret": "s1"}, {"name": "Ana", "calls": False, "secret": "s2"}
        record_change(db, "agent", "ana", before=before, after=after, by=CRM, now=NOW, why="asked to")
        record_change(db, "agent", "ben", before=before, after=before, by=CRM, now=NOW)
    change(database, "7")
    first, second = (entry.entry for entry in entries(database))
    assert (first.by, first.door, first.verb, first.thing) == (CRM, Door.API, Verb.CHANGED, "agent")
    assert (first.said.place, first.said.key, first.said.why) == ("203.0.113.7", "ana", "asked to")
    assert json.loads(first.said.before or "") == {"calls": True, "secret": "(secret)"}
    assert json.loads(first.said.after or "") == {"calls": False, "secret": "(secret)"}
    assert (second.door, second.said.place) == (Door.CLOCK, ""), "nobody came through a door"


def record_and_fail(db: Connection, key: int) -> None:
    record(db, Verb.ADDED, "lead", key, by=CRM, now=NOW)
    raise RuntimeError


def test_what_is_undone_is_not_recorded(database: Database) -> None:
    with pytest.raises(RuntimeError), database.begin() as db:
        record_and_fail(db, 1)
    with database.begin() as db:
        record(db, Verb.ADDED, "lead", 2, by=CRM, now=NOW)
        with pytest.raises(PartFailed), part(db):
            record_and_fail(db, 3)
        record(db, Verb.ADDED, "lead", 4, by=CRM, now=NOW)
    assert [(found.number, found.entry.said.key) for found in entries(database)] == [(1, "2"), (2, "4")]


@pytest.mark.races
def test_whoever_records_at_once_is_numbered_one_after_the_other(database: Database) -> None:
    def record_ten(who: str) -> None:
        for _ in range(10):
            change(database, who)

    each = [threading.Thread(target=record_ten, args=[name]) for name in ("a", "b", "c", "d")]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    assert [found.number for found in entries(database)] == list(range(1, 41))
    with database.read() as db:
        assert verify_audit(db).wrong == ()


BEHIND_OUR_BACK = (
    "UPDATE audit SET actor_key = 'ben' WHERE number = 2",
    "UPDATE audit SET before = '{}' WHERE number = 2",
    "UPDATE audit SET why = 'else' WHERE number = 3",
    "UPDATE audit SET at = '2026-11-16T16:00:01.000000+00:00' WHERE number = 1",
    "UPDATE audit SET verb = 'eaten' WHERE number = 1",
    "UPDATE audit SET salt = NULL WHERE number = 1",
    "DELETE FROM audit WHERE number = 2",
    "DELETE FROM audit WHERE number = 3",
    "DELETE FROM audit",
    "DELETE FROM audit_end",
    "UPDATE audit_end SET number = 2",
    "DELETE FROM audit WHERE number = 3; UPDATE audit_end SET number = 2",
)


def test_r14_what_is_edited_in_the_tables_shows(database: Database) -> None:
    for key in ("1", "2", "3"):
        change(database, key)
    with database.read() as db:
        clean = verify_audit(db)
    assert (clean.end.number, clean.erased, clean.wrong) == (3, 0, ())
    seen: dict[str, Any] = {}
    for edit in BEHIND_OUR_BACK:
        with database.read() as db:  # Rolled back: each edit is the only one.
            for statement in edit.split("; "):
                db.execute(sql(statement))
            seen[edit] = verify_audit(db).wrong
    assert [edit for edit, wrong in seen.items() if not wrong] == []


def test_entries_are_found_by_who_and_when(database: Database) -> None:
    change(database, "1")
    change(database, "2", by=Actor(ActorKind.SHELL, "crm"))
    change(database, "3", by=Actor(ActorKind.AGENT, "ana"))
    cases: dict[str, list[str]] = {"api/crm": ["1"], "crm": ["2", "1"], "agent ana": ["3"], "ana": ["3"], "ben": []}
    for by, keys in cases.items():
        with database.read() as db:
            found = entries_of(db, by=by, since=NOW, until=None, before=None, limit=5)
            assert [entry.entry.said.key for entry in found] == keys
            assert entries_of(db, by=by, since=None, until=NOW, before=None, limit=5) == []
