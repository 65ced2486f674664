"""Revisions go down and up again on a database that a business has filled, and a newer one says what it wants."""

import itertools
import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy import text as sql  # noqa: TID251 - other releases' tables are not declared here.

import migrations
from cadences.beats import BEATS
from sami.database.engine import Database
from sami.settings.loading import Settings
from tests.support.cast import ANA, BEN, DESK, LEE, LINE, STRANGER, desk, organisation
from tests.support.signed import SignedClient
from tests.support.world import World
from webhooks.cli import commands
from webhooks.simulator.behaviours import Answers, Busy, passes
from webhooks.simulator.people import CallerScript

KEPT = ("agent", "call", "attempt", "decision", "lead", "text", "task", "organisation_version")
REVISIONS = sorted(path.name[:4] for path in (migrations.HERE / "versions").glob("[0-9]*.py"))


@pytest.fixture
def filled(settings: Settings) -> str:
    """Calls of several endings, texts, tasks, a test ring, a blocked caller."""
    bot = {"fallback": [desk()], "pattern": "assigned_then_group"}
    with World(settings, organisation(bot=bot), beats=[beat for beat in BEATS if beat.every_s <= 5]) as world:
        world.phone(ANA, Answers(talks_s=10))
        world.call(LEE)
        world.phone(ANA, passes())
        world.phone(BEN, Busy())
        world.phone(DESK, Busy())
        world.call(STRANGER)
        world.call("anonymous", CallerScript(hangs_up_after_s=5))
        with SignedClient(settings) as twilio:
            for number, (sender, body) in enumerate(((LEE, "When can I see it?"), (STRANGER, "STOP"), (ANA, "OFF 30"))):
                form = {"MessageSid": f"SM{number}", "From": sender, "To": LINE, "Body": body, "NumMedia": "0"}
                assert twilio.post("/webhooks/sms", **form).status_code == 200
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
