"""The same statements without SAMI: raw cursors, one transaction, nothing decided. What the database itself costs."""

import os
import random
import secrets
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from flask import Flask, request

from bench import floor

CLAIM = "INSERT INTO received_webhook (key, received_at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING RETURNING key"
VERSION = "SELECT version, published_at FROM organisation_version ORDER BY version DESC LIMIT 1"
LEAD = (
    "SELECT lead.id, lead.name, lead.owner_id, lead.last_spoke_with_id, lead.last_spoke_at, agent.* FROM lead "
    "JOIN agent ON agent.id = lead.owner_id OR agent.id = lead.last_spoke_with_id OR agent.phone = lead.phone "
    "WHERE lead.phone = ? AND lead.owner_id IS NOT NULL"
)
RESERVE = (
    "UPDATE agent SET reserved_until = ?, reserved_call = ?, bridged = ? WHERE id IN (SELECT id FROM agent "
    "WHERE id = ? AND (reserved_until IS NULL OR reserved_until <= ?) ORDER BY id {lock}) RETURNING id"
)
CALL = (
    "INSERT INTO call (sid, version, line, bot, caller, call_token, lead_id, state, progress, abandoned, safety_net, "
    "arrived_at, transfer_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
ATTEMPT = (
    "INSERT INTO attempt (ref, call_id, turn, stage, way, agent_id, name, phone, screened, ring_s, created, "
    "caller_left, taken, offered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
DECISION = (
    "INSERT INTO decision (ref, kind, at, version, call_id, lead_id, facts, trace, chosen) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
OUTBOX = (
    "INSERT INTO outbox_item (kind, dedupe_key, payload, call, state, due_at, tries, error, created_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING"
)
ANSWER = "UPDATE received_webhook SET answer = ? WHERE key = ?"

# As long as those of a call whose owner is rung.
_PROGRESS, _FACTS, _TRACE, _CHOSEN, _PAYLOAD = ("{" + '"x":"' + "." * size + '"}' for size in (440, 1200, 90, 190, 330))

Execute = Callable[[str, Sequence[Any]], Any]
_mine = threading.local()


def application() -> Flask:
    url = os.environ["SAMI_DATABASE__URL"]
    begun = _sqlite if url.startswith("sqlite") else _postgres
    path = url.removeprefix("sqlite:///").replace("+psycopg", "")
    return floor.answering(lambda: begun(path))


def _sqlite(path: str) -> str:
    if not hasattr(_mine, "connection"):
        _mine.connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            _mine.connection.execute(f"PRAGMA {pragma}").close()
    connection = _mine.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        answer = work(lambda statement, values: connection.execute(statement.format(lock=""), values).fetchall(), _text)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return answer


def _postgres(url: str) -> str:
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(url)

    def execute(statement: str, values: Sequence[Any]) -> Any:
        words = statement.format(lock="FOR UPDATE SKIP LOCKED").replace("?", "%s")
        with closing(_mine.connection.execute(words, values)) as cursor:
            return cursor.fetchall() if cursor.description else None

    with _mine.connection.transaction():
        return work(execute, lambda at: at)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def work(execute: Execute, stored: Callable[[datetime], Any]) -> str:
    """Each statement of an arriving call, in its order, with values as long as its own."""
    sid, caller, line = request.form["CallSid"], request.form["From"], request.form["To"]
    now = datetime.now(UTC)  # noqa: TID251 - a bench has no world to move in time.
    at, until, ref = stored(now), stored(now + timedelta(seconds=50)), secrets.token_hex(8)
    key = f"{sid} {request.path}"
    execute(CLAIM, (key, at))
    version = execute(VERSION, ())[0][0]
    lead_id = execute(LEAD, (caller,))[0][0]
    execute(RESERVE, (until, sid, False, random.randint(1, 40), at))
    values = (sid, version, line, "main", caller, "token", lead_id, "ringing", _PROGRESS, False, False, at, at)
    call_id = execute(CALL, values)[0][0]
    values = (ref, call_id, 1, "owner", "dial", 1, "Agent 1", "+15125552001", True, 20, False, False, False, at)
    execute(ATTEMPT, values)
    execute(DECISION, (ref, "transfer", at, version, call_id, lead_id, _FACTS, _TRACE, _CHOSEN))
    execute(OUTBOX, ("text", f"offer/{ref}", _PAYLOAD, sid, "pending", at, 0, "", at))
    answer = floor.twiml()
    execute(ANSWER, (answer, key))
    return answer
