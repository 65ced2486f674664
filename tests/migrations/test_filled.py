"""Revisions go down and up again on a database that a business has filled, and a newer one says what it wants."""

import itertools

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from sqlalchemy import text as sql  # noqa: TID251 - other releases' tables are not declared here.

import migrations
from cadences.beats import BEATS
from sami.settings import Settings
from sami.store.db import Database
from tests.cast import ANA, BEN, DESK, LEE, LINE, STRANGER, desk, organisation
from tests.signed import SignedClient
from tests.world import World
from webhooks.cli import commands
from webhooks.phone_network.people import CallerScript
from webhooks.phone_network.phones import Answers, Busy, passes

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
