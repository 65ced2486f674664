"""`python -m bench.cadences [ENROLMENTS]`: steps of cadences a second, and what a look costs when few are due.

So many active enrolments as are asked for (a million), a twentieth of them due, in one organisation with one cadence
whose first step is a text. One worker and then two, each a process of its own, take steps for a while; before that, the
claim alone is timed with a handful due, among a thousand enrolments and among all.
"""

import multiprocessing
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import tomlkit
from sqlalchemy import Connection

import migrations
from bench.ground import databases
from cadences.runner import claim, give_back, run_due
from sami.database.engine import Database
from sami.domain.language.actor import system
from sami.organisation.applying import apply_file
from sami.settings.sections import CadencesSettings

ENROLMENTS, FEW = 1_000_000, 1_000
DUE_SHARE = 20
HANDFUL, POLLS, WARM = 5, 300, 50
WORKERS, TAKE_S = (1, 2), 15.0
PART = 50_000
WANTED_RATIO = 1.5
NOW = datetime(2026, 11, 16, 16, tzinfo=UTC)  # 10:00 in Texas, where everybody lives.
MS = 1000

_processes = multiprocessing.get_context("spawn")

_NUMBERS = {
    "sqlite": (
        "(WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n)"
    ),
    "postgresql": "(SELECT i FROM generate_series({first}, {last}) AS n(i))",
}
_LATER = {  # One after the other over ten days, from tomorrow on.
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%S', '{tomorrow}', '+' || (i % 864000) || ' seconds') || '.000000+00:00'",
    "postgresql": "CAST('{tomorrow}' AS timestamptz) + (i % 864000) * interval '1 second'",
}
_LEADS = (
    "INSERT INTO lead (id, phone, name, source, stage, owner_id, attributes, created_at, tags, may_be_assigned, state)"
    " SELECT i, '+1737' || (1000000 + i), 'Lead ' || i, 'Old', 'CONTACTING', 1, '{{}}', '{now}', '[]', {true}, 'TX'"
    " FROM {numbers} AS numbered"
)
_ENROLMENTS = (
    'INSERT INTO enrolment (lead_id, cadence, version, state, reason, "by", position, step_from, enrolled_at, due_at)'
    " SELECT i, 'follow', 1, 'active', '', 'bench', 0, {now}, {now}, {later} FROM {numbers} AS numbered"
)


def main() -> None:
    begun, asked = time.monotonic(), int(sys.argv[1]) if len(sys.argv) > 1 else ENROLMENTS
    missed: list[str] = []
    for name, url, _ in databases():
        print(f"{name}, {asked} enrolments", flush=True)
        missed += _measure(name, url, asked)
    print(f"Targets {'missed: ' + '; '.join(missed) if missed else 'met'}. {time.monotonic() - begun:.0f} s.")


def _measure(name: str, url: str, enrolments: int) -> list[str]:
    migrations.upgrade(url)
    database = Database(url, deadline_s=600, statement_timeout_s=600)
    _publish(database)
    _fill(database, 1, FEW)
    few_ms = _poll_ms(database)
    _fill(database, FEW + 1, enrolments)
    many_ms = _poll_ms(database)
    ratio = many_ms / few_ms
    verdict = "met" if ratio <= WANTED_RATIO else "MISSED"
    print(f"  A look with {HANDFUL} due: {few_ms:.2f} ms among {FEW}, {many_ms:.2f} ms among {enrolments}:", end=" ")
    print(f"{ratio:.2f} times (wanted {WANTED_RATIO}: {verdict})", flush=True)
    due = enrolments // DUE_SHARE
    for number, workers in enumerate(WORKERS):
        _make_due(database, due, first=1 + number * due)
        _tell_taken(workers, url, due)
    database.close()
    return [] if ratio <= WANTED_RATIO else [f"{ratio:.2f} for a look on {name}"]


def _publish(database: Database) -> None:
    text = {"do": "text_lead", "say": "Hi {lead.first_name}, it is {owner.first_name}. When is a good time to talk?"}
    document = {
        "organisation": {"name": "Harbor Homes", "country": "US", "time_zone": "America/Chicago"},
        "agents": [{"key": "ana", "name": "Ana Ruiz", "phone": "+15125550101", "verified": True}],
        "lines": [{"phone": "+15125550100", "name": "Website", "bot": "main"}],
        "bots": [{"key": "main"}],
        "cadences": [{"key": "follow", "name": "Follow-up", "steps": [text, {"do": "wait", "for": "1 day"}, text]}],
    }
    with database.begin(600) as db:
        apply_file(db, tomlkit.dumps(document), prune=False, by=system("bench"), now=NOW)


def _fill(database: Database, first: int, last: int) -> None:
    """In parts, so that there is something to see; none of them due before tomorrow."""
    for start in range(first, last + 1, PART):
        with database.begin(600) as db:
            _fill_part(db, start, min(start + PART - 1, last))
        if last > PART:
            print(f"\r  {min(start + PART - 1, last)} enrolled", end="", flush=True)
    if last > PART:
        print(flush=True)
    with database.begin(600) as db:
        db.exec_driver_sql("ANALYZE")


def _fill_part(db: Connection, first: int, last: int) -> None:
    dialect = db.dialect.name
    tomorrow = _written(NOW + timedelta(days=1)) if dialect == "postgresql" else "2026-11-17 16:00:00"
    numbers = _NUMBERS[dialect].format(first=first, last=last)
    now, true = _written(NOW), "true" if dialect == "postgresql" else "1"
    later = _LATER[dialect].format(tomorrow=tomorrow)
    stamp = f"CAST('{now}' AS timestamptz)" if dialect == "postgresql" else f"'{now}'"
    for statement in (
        _LEADS.format(now=now, true=true, numbers=numbers),
        _ENROLMENTS.format(now=stamp, later=later, numbers=numbers),
    ):
        db.exec_driver_sql(statement.replace("%", "%%") if dialect == "postgresql" else statement)


def _poll_ms(database: Database) -> float:
    """Claimed and given back, again and again."""
    _make_due(database, HANDFUL)
    times = []
    for _ in range(WARM + POLLS):
        begun = time.perf_counter()
        claimed = claim(database, NOW, limit=100)
        times.append(time.perf_counter() - begun)
        assert len(claimed) == HANDFUL, "what is given back is due again"
        give_back(database, claimed, NOW)
    return median(times[WARM:]) * MS


def _make_due(database: Database, count: int, *, first: int = 1) -> None:
    """So many from the `first` on, an instant ago."""
    with database.begin(600) as db:
        since = _written(NOW - timedelta(seconds=1))
        those = f"id BETWEEN {first} AND {first + count - 1}"
        db.exec_driver_sql(f"UPDATE enrolment SET due_at = '{since}' WHERE {those}")  # noqa: S608 - numbers of ours.
        db.exec_driver_sql("ANALYZE enrolment")


def _tell_taken(workers: int, url: str, due: int) -> None:
    with _processes.Pool(workers) as pool:
        pool.map(_get_ready, [url] * workers, chunksize=1)
        begun = time.monotonic()
        taken = sum(pool.map(_take, [url] * workers, chunksize=1))
        lasted_s = time.monotonic() - begun
    told = f"{workers} worker{'s' if workers > 1 else ''}: {taken / lasted_s:.0f} steps a second"
    print(f"  With {due} due, {told}", flush=True)


def _get_ready(url: str) -> None:
    """Imported, connected, and everything compiled."""
    _run(url, most=5)
    time.sleep(0.5)  # So that the other one gets its share of these.


def _take(url: str) -> int:
    taken, until = 0, time.monotonic() + TAKE_S
    while time.monotonic() < until:
        done = _run(url, most=100)
        if not done:
            break
        taken += done
    return taken


_open: dict[str, Database] = {}


def _run(url: str, **options: Any) -> int:
    database = _open.setdefault(url, Database(url, deadline_s=60, lock_timeout_s=50, statement_timeout_s=50))
    return run_due(database, CadencesSettings(), NOW, **options)


def _written(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


if __name__ == "__main__":
    main()
