"""Revisions go down and up again on a database that a business has filled, and a newer one says what it wants."""

import itertools
import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy import text as sql  # noqa: TID251 - other releases' tables are not declared here.

import migrations
from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support.filled import fill
from webhooks.cli import commands

KEPT = ("agent", "call", "attempt", "decision", "lead", "text", "task", "organisation_version")
REVISIONS = sorted(path.name[:4] for path in (migrations.HERE / "versions").glob("[0-9]*.py"))


@pytest.fixture
def filled(settings: Settings) -> str:
    fill(settings)
    return settings.database_url


def kept(url: str) -> dict[str, int]:
    """How many rows there are of what no downgrade may lose."""
    engine = create_engine(url)
    with engine.connect() as db:
        counts = {name: db.execute(sql(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in KEPT}  # noqa: S608
    engine.dispose()
    return counts


def test_r18_each_revision_goes_down_and_up_on_a_filled_database(filled: str) -> None:
    before = kept(filled)
    assert all(before.values())
    for revision, earlier in itertools.pairwise(reversed(REVISIONS)):
        migrations.downgrade(filled, earlier)
        engine = create_engine(filled)
        with engine.connect() as db:
            assert db.execute(sql("SELECT version_num FROM alembic_version")).scalar_one() == earlier, revision
        engine.dispose()
    assert kept(filled) == before, "what the first release knew, it still has"
    migrations.upgrade(filled)
    migrations.refuse_drift(filled)
    assert kept(filled) == before


def test_r18_migrating_notes_the_release_beside_the_revision(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as db:
        noted = db.execute(sql("SELECT revision, release FROM release")).all()
    engine.dispose()
    assert [revision for revision, _ in noted] == [REVISIONS[-1]]


@pytest.mark.parametrize(
    ("noted", "wants"),
    [("7.1.0", "It wants release 7.1.0, or a newer one"), (None, "It wants a newer release")],
    ids=["noted", "not noted"],
)
def test_r18_an_older_release_says_in_a_sentence_which_one_the_database_wants(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, noted: str | None, wants: str
) -> None:
    with database.begin() as db:
        db.execute(sql("UPDATE alembic_version SET version_num = '9001'"))
        if noted is not None:
            db.execute(sql(f"INSERT INTO release VALUES ('9001', '{noted}', '2027-01-01 00:00:00')"))  # noqa: S608
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    refused = CliRunner().invoke(commands, ["migrate"])
    assert refused.exit_code == 1
    assert str(refused.exception).startswith(
        f"The database was migrated by a newer release. {wants}: it stands at 9001"
    )


UNSAID = {
    "missed_transfer/CA1/notice/ana": ("text", "missed_transfer/CA1", None, True),
    "missed_transfer/CA1/report/3/notice/ana/email": (
        *("email", "missed_transfer/CA1", "missed_transfer/CA1/report/3/notice/ana", True),
    ),
    "missed_transfer/CA1/lead/0": ("text", "missed_transfer/CA1", None, False),
    "missed_transfer/CA1/notice/slack": ("slack", "missed_transfer/CA1", None, False),
    "paused/ana/CA1": ("text", "paused/ana", None, False),
    "workflow/w/lead/1/1/notice/ana/email": ("email", None, "workflow/w/lead/1/1/notice/ana", False),
    "enrolment/12/step/1/lead/1": ("text", None, None, False),
}
"""What is still to be said, by its key: its kind, what made it, what it tells, and whether it is said again."""


def test_r18_what_is_queued_keeps_what_its_key_said_of_it(database_url: str) -> None:
    migrations.downgrade(database_url, "0021")
    at = "2026-11-16T16:00:00.000000+00:00"
    engine = create_engine(database_url)
    with engine.begin() as db:
        for key, (kind, *_) in UNSAID.items():
            db.execute(
                sql(
                    "INSERT INTO outbox_item (kind, dedupe_key, payload, state, due_at, tries, error, created_at)"  # noqa: S608
                    f" VALUES ('{kind}', '{key}', '{{}}', 'pending', '{at}', 0, '', '{at}')"
                )
            )
        for key in ("task/CA1/report/3/1", "missed/CA1"):
            db.execute(
                sql(
                    "INSERT INTO task (dedupe_key, title, state, due_at, created_at)"  # noqa: S608
                    f" VALUES ('{key}', 'Call', 'open', '{at}', '{at}')"
                )
            )
        for key in ("reply/SM1", "missed_transfer/CA1/lead/0"):
            db.execute(
                sql(
                    "INSERT INTO text (direction, phone, line, body, dedupe_key, status, at)"  # noqa: S608
                    f" VALUES ('out', '+15125550101', '+15125550102', '', '{key}', 'sent', '{at}')"
                )
            )
        db.execute(
            sql(
                "INSERT INTO lead (id, phone, name, source, stage, unowned_reason, attributes, created_at, tags)"  # noqa: S608
                f" VALUES (1, '+15125550101', '', '', 'NEW', 'nobody was there', '{{}}', '{at}', '[]')"
            )
        )
        for number, key in enumerate(("call_me/SM1", "call_back/CA1")):
            db.execute(
                sql(
                    "INSERT INTO placed_call (ref, dedupe_key, agent_first, lead_id, phone, line, message, state, why,"  # noqa: S608
                    " tries, due_at, created_at)"
                    f" VALUES ('{number}', '{key}', false, 1, '+1512555010{number}', '+15125550102', '', 'waiting', '',"
                    f" 0, '{at}', '{at}')"
                )
            )
    migrations.upgrade(database_url)
    with engine.connect() as db:
        items = db.execute(sql("SELECT dedupe_key, kind, occasion, notice, repeats_when_lost FROM outbox_item")).all()
        made = {row[0]: row[1] for row in db.execute(sql("SELECT dedupe_key, occasion FROM task"))}
        replies = {row[0]: row[1] for row in db.execute(sql("SELECT dedupe_key, is_reply FROM text"))}
        asked = {row[0]: row[1] for row in db.execute(sql("SELECT dedupe_key, asked_by_text FROM placed_call"))}
    engine.dispose()
    assert {key: (*told, bool(again)) for key, *told, again in items} == UNSAID
    assert made == {"task/CA1/report/3/1": "task/CA1/report/3", "missed/CA1": None}
    assert replies == {"reply/SM1": True, "missed_transfer/CA1/lead/0": False}
    assert asked == {"call_me/SM1": True, "call_back/CA1": False}


def leads_at(url: str) -> list[dict[str, Any]]:
    engine = create_engine(url)
    with engine.connect() as db:
        rows = [dict(row) for row in db.execute(sql("SELECT * FROM lead ORDER BY id")).mappings()]
    engine.dispose()
    return [{name: read(row.get(name)) for name in ("attributes", "findings")} for row in rows]


def read(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def test_r18_what_we_found_out_leaves_the_customers_attributes_and_comes_back(database_url: str) -> None:
    migrations.downgrade(database_url, "0020")
    ours = {"region": "South", "line_type": "mobile", "name_suspect": True}
    stored = [ours | {"pets": True}, {"region": "Hill Country"}, {}]
    engine = create_engine(database_url)
    with engine.begin() as db:
        for number, attributes in enumerate(stored, 1):
            values = {"id": number, "phone": f"+1512555010{number}", "said": json.dumps(attributes)}
            at = "2026-11-16T16:00:00.000000+00:00"
            db.execute(
                sql(
                    "INSERT INTO lead (id, phone, name, source, stage, unowned_reason, attributes, created_at, tags)"  # noqa: S608
                    f" VALUES (:id, :phone, '', '', 'NEW', 'nobody was there', :said, '{at}', '[]')"
                ),
                values,
            )
        db.execute(
            sql(
                "INSERT INTO intake_step (lead_id, run, capability, version, canary, state, output, evidence,"
                " confidence, error, tries, took_ms, at) VALUES (1, 'r', 'enrich', '2', false, 'done', :output, '[]',"
                " 1, '', 1, 0, '2026-11-16T16:00:00.000000+00:00')"
            ),
            {"output": json.dumps({"attributes": {"region": "South"}})},
        )
    engine.dispose()
    migrations.upgrade(database_url)
    assert leads_at(database_url) == [
        {"attributes": {"pets": True}, "findings": ours},
        {"attributes": {"region": "Hill Country"}, "findings": {}},
        {"attributes": {}, "findings": {}},
    ]
    migrations.downgrade(database_url, "0020")
    assert [lead["attributes"] for lead in leads_at(database_url)] == stored


def test_r18_a_language_among_the_attributes_becomes_a_field_and_comes_back(database_url: str) -> None:
    migrations.downgrade(database_url, "0022")
    stored = [{"language": "Spanish", "pets": True}, {"language": "Klingon"}, {"language": ["en"]}, {}]
    engine = create_engine(database_url)
    with engine.begin() as db:
        for number, attributes in enumerate(stored, 1):
            db.execute(
                sql(
                    "INSERT INTO lead (id, phone, name, source, stage, unowned_reason, attributes, created_at, tags)"
                    " VALUES (:id, :phone, '', '', 'NEW', 'nobody was there', :said,"
                    " '2026-11-16T16:00:00.000000+00:00', '[]')"
                ),
                {"id": number, "phone": f"+1512555010{number}", "said": json.dumps(attributes)},
            )
    migrations.upgrade(database_url)
    with engine.connect() as db:
        languages = db.execute(sql("SELECT language FROM lead ORDER BY id")).scalars().all()
    engine.dispose()
    assert languages == ["es", None, None, None]
    assert [lead["attributes"] for lead in leads_at(database_url)] == [{"pets": True}, *stored[1:]]
    migrations.downgrade(database_url, "0022")
    assert [lead["attributes"] for lead in leads_at(database_url)] == [{"language": "es", "pets": True}, *stored[1:]]
