"""`python -m bench.lists`: lists and reports over a million calls and 200,000 leads, through the API.

The rows are filled in by SQL, spread over the 400 days that calls are kept; the newest 10,000 calls have decisions.
Each request is asked again and again by a program with a key, the key's check and the JSON included.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from sqlalchemy import Connection

import migrations
from bench.ground import ACCOUNT_SID, AGENTS, LINE, PUBLIC_URL, TOKEN, databases, organisation
from sami import clock, logs
from sami.access.api_keys import create_key
from sami.database.engine import Database
from sami.domain.access.scopes import Scope
from sami.domain.language.actor import system
from sami.domain.reports.catalogue import REPORTS
from sami.organisation.applying import apply_file
from sami.settings.loading import Settings
from webhooks.app import create_app

CALLS, LEADS, DECIDED, KEPT_DAYS = 1_000_000, 200_000, 10_000, 400
NOW = datetime(2026, 11, 16, 16, tzinfo=UTC)
ROUNDS, WANTED_P95_MS = 20, 500.0
WITHIN_S = 3600.0
MS = 1000

# `i` counts from 1; 1 is the oldest. What depends on `i` alone is the same in every run.
_LEADS = """
INSERT INTO lead (id, phone, name, email, source, segment, stage, owner_id, unowned_reason, attributes, created_at,
  tags, sla_state, sla_due_at, responded_at, matched_rule)
SELECT i, '+1210' || (1000000 + i), 'Lead ' || i, 'lead' || i || '@example.com',
  (ARRAY['Website','Zillow','Referral','Call'])[1 + i % 4], (ARRAY['luxury','standard'])[1 + i % 2],
  (ARRAY['NEW','CONTACTING','QUALIFIED','CLOSED','ARCHIVED'])[1 + i % 5], 1 + i % {agents}, NULL, '{{}}', at, '["a"]',
  (ARRAY['met','met','breached','active'])[1 + i % 4], at + interval '5 minutes', at + interval '4 minutes',
  'rule/Website'
FROM (SELECT i, timestamptz '{now}' - ({leads} - i) * interval '{step_lead} seconds' AS at
  FROM generate_series(1, {leads}) AS n(i)) AS numbered"""
_OWNERS = """
INSERT INTO ownership (lead_id, to_id, why, by, at, turn)
SELECT id, owner_id, 'rule Website', 'policy', created_at + interval '300 milliseconds',
  jsonb_build_object('pool', 'rule/Website', 'cost', jsonb_build_object('a0', 3, 'a1', -1, 'a2', -1, 'a3', -1))
FROM lead"""
_CALLS = """
INSERT INTO call (id, sid, version, line, bot, caller, lead_id, state, progress, outcome, abandoned, safety_net,
  arrived_at, transfer_at, joined_at, ended_at, accepted_by)
SELECT i, 'CA' || lpad(to_hex(i), 32, '0'), 1, '{line}', 'main', '+1210' || (1000001 + i % {leads}),
  1 + i % {leads}, 'ended', '{{}}', CASE WHEN i % 5 = 0 THEN 'missed_transfer' ELSE 'successful_transfer' END,
  i % 10 = 0, false,
  at, at + interval '8 seconds', CASE WHEN i % 5 = 0 THEN NULL ELSE at + (8 + i % 60) * interval '1 second' END,
  at + interval '3 minutes', CASE WHEN i % 5 = 0 THEN NULL ELSE 'r' || i END
FROM (SELECT i, timestamptz '{now}' - ({calls} - i) * interval '{step_call} seconds' AS at
  FROM generate_series(1, {calls}) AS n(i)) AS numbered"""
_ATTEMPTS = """
INSERT INTO attempt (ref, call_id, turn, stage, way, agent_id, name, phone, screened, ring_s, created, caller_left,
  taken, ended, offered_at, joined_at, ended_at)
SELECT 'r' || id, id, 1, CASE WHEN id % 20 = 1 THEN 'fallback' ELSE 'owner' END, 'dial',
  CASE WHEN id % 20 = 1 THEN NULL ELSE 1 + id % {agents} END, '', '+15125550190', true, 20, true, false, false,
  CASE WHEN joined_at IS NULL THEN 'rang_out' ELSE 'accepted' END, transfer_at, joined_at, ended_at FROM call"""
_MORE_ATTEMPTS = """
INSERT INTO attempt (ref, call_id, turn, stage, way, agent_id, name, phone, screened, ring_s, created, caller_left,
  taken, ended, offered_at, ended_at)
SELECT 's' || id, id, 2, 'group', 'dial', 1 + (id + 7) % {agents}, '', '+15125552007', true, 20, true, false, false,
  (ARRAY['rang_out','busy','no_key'])[1 + id % 3], transfer_at, ended_at FROM call WHERE id % 3 = 0"""
_GATES = """
INSERT INTO call_gate (gate, call_id)
SELECT (ARRAY['outside_hours','calls_off','reserved'])[1 + id % 3], id FROM call WHERE id % 4 = 0"""
_TASKS = """
INSERT INTO task (dedupe_key, title, owner_id, lead_id, call, state, due_at, created_at, done_at)
SELECT 'missed/' || sid, 'Call back', 1 + id % {agents}, lead_id, sid,
  CASE WHEN id % 50 = 0 THEN 'open' ELSE 'done' END, ended_at, ended_at,
  CASE WHEN id % 50 = 0 THEN NULL ELSE ended_at + interval '9 minutes' END
FROM call WHERE outcome = 'missed_transfer'"""
_DECISIONS = """
INSERT INTO decision (ref, kind, at, version, call_id, lead_id, facts, trace, chosen)
SELECT 'd' || id, 'transfer', arrived_at, 1, id, lead_id, repeat('{{}}', 4000), '[]', '{chosen}'
FROM call WHERE id > {calls} - {decided}"""
_EXCEPTIONS = """
INSERT INTO lead_exception (lead_id, kind, detail, at, closed_at)
SELECT id, (ARRAY['unmatched','incomplete','delayed'])[1 + id % 3], '', created_at,
  CASE WHEN id % 7 = 0 THEN NULL ELSE created_at + interval '1 day' END FROM lead WHERE id % 10 = 0"""
FILLED = (_LEADS, _OWNERS, _CALLS, _ATTEMPTS, _MORE_ATTEMPTS, _GATES, _TASKS, _DECISIONS, _EXCEPTIONS)

LISTS = (
    "calls",
    "calls?line=%2B15125550100",
    "calls?agent=a3",
    "calls?agent=a3&attempt=rang_out",
    "calls?outcome=missed_transfer",
    "calls?gate=calls_off",
    "calls?lead=77",
    "calls?from=2026-10-01T00:00:00Z&to=2026-10-02T00:00:00Z",
    "calls?counted=by_fallback&from=2026-10-17T00:00:00Z",
    "calls?counted=missed_open&from=2026-10-17T00:00:00Z",
    "leads",
    "leads?owner=a3",
    "leads?stage=QUALIFIED&source=Zillow",
    "leads?tag=a",
    "leads?q=Lead%20199",
    "leads?q=1234567",
    "leads?q=nobody%20of%20this%20name",
    "leads?from=2026-10-01T00:00:00Z",
    "leads?counted=late_owned&from=2026-10-17T00:00:00Z",
    "tasks?state=open",
    "exceptions?state=open",
    "board",
    "deliveries",
    "audit",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--calls", type=int, default=CALLS)
    arguments.add_argument("--leads", type=int, default=LEADS)
    arguments.add_argument("--only", default="", help="Measure what has this in its address.")
    wanted = arguments.parse_args()
    logs.configure_logs("ERROR", "json")
    for name, url, _ in databases():
        if name != "SQLite":
            _measure(url, wanted.calls, wanted.leads, wanted.only)


def _measure(url: str, calls: int, leads: int, only: str) -> None:
    migrations.upgrade(url)
    database = Database(url, deadline_s=WITHIN_S, statement_timeout_s=WITHIN_S, lock_timeout_s=WITHIN_S)
    begun = time.monotonic()
    key = _fill(database, calls, leads)
    database.close()
    print(f"{calls} calls and {leads} leads over {KEPT_DAYS} days, filled in {time.monotonic() - begun:.0f} s.")
    print(f"{'p50':>8}{'p95':>8} ms")
    missed = []
    with TemporaryDirectory() as folder, clock.use(lambda: NOW):
        program = _program(url, Path(folder), key)
        for path in filter(lambda path: only in path, (*LISTS, *_reports())):
            p95 = _ask(path, program)
            missed += [path] if p95 > WANTED_P95_MS else []
    print(f"p95 at most {WANTED_P95_MS:.0f} ms: {'missed by ' + ', '.join(missed) if missed else 'met by each'}")


def _reports() -> list[str]:
    return [f"reports/{name}" + (f"?by={by}" if by else "") for name, of in REPORTS.items() for by in ("", *of.by)]


def _ask(path: str, program: Callable[[str], int]) -> float:
    times, status = [], 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        status = program(f"/api/v1/{path}")
        times.append((time.perf_counter() - begun) * MS)
    p50, p95 = (quantiles(times, n=20)[place] for place in (9, 18))
    print(f"{p50:>8.0f}{p95:>8.0f}  {path}" + ("" if status == 200 else f"  ANSWERED {status}"), flush=True)
    return p95


def _program(url: str, folder: Path, key: str) -> Callable[[str], int]:
    settings = Settings.model_validate(
        {
            "server": {"public_url": PUBLIC_URL, "data_dir": folder},
            "database": {"url": url},
            "twilio": {"account_sid": ACCOUNT_SID, "auth_tokens": [TOKEN]},
        }
    )
    client: FlaskClient = create_app(settings, background=False).test_client()
    headers = {"Authorization": f"Bearer {key}"}
    return lambda path: client.get(path, headers=headers).status_code


def _fill(database: Database, calls: int, leads: int) -> str:
    with database.begin(WITHIN_S) as db:
        apply_file(db, organisation(), prune=False, by=system("bench"), now=NOW - timedelta(days=KEPT_DAYS))
        key = create_key(db, name="bench", scopes=[Scope.EVERYTHING], by=system("bench"), now=NOW)
        _insert(db, calls, leads)
    with database.begin(WITHIN_S) as db:
        db.exec_driver_sql("ANALYZE")
    return key


def _insert(db: Connection, calls: int, leads: int) -> None:
    seconds = KEPT_DAYS * 86_400
    values = {
        "agents": AGENTS,
        "line": LINE,
        "now": NOW.isoformat(),
        "calls": calls,
        "leads": leads,
        "decided": DECIDED,
    }
    steps = {"step_call": seconds / calls, "step_lead": seconds / leads}
    chosen = '{"stage": "owner", "way": "dial", "candidates": [], "ring_s": 20, "position": 0}'
    for statement in FILLED:
        db.exec_driver_sql(statement.format(**values, **steps, chosen=chosen).replace("%", "%%"))


if __name__ == "__main__":
    main()
