"""A backup holds one committed instant, goes back into either database row for row, and repeats nothing (R19, R6)."""

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import migrations
from sami import clock
from sami.backups.archive import Archive, ArchiveWriter, BackupUnreadable
from sami.backups.taking import BackupFailed, take_backup
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import SendText
from sami.settings.loading import Settings
from sami.store.all_tables import declared_tables
from sami.store.backups import newest_backup
from sami.store.caps import spending
from sami.store.heartbeats import note_heartbeat
from sami.store.leads import leads
from tests.support.filled import fill
from tests.support.services import CALLER, LINE, Core
from webhooks.cli import commands

NOW = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)
WHO = person("test")
Rows = dict[str, list[Any]]


def rows_of(url: str) -> Rows:
    with closing(Database(url)) as database, database.read(60) as db:
        return {table.name: sorted(map(_written, db.execute(table.select()))) for table in declared_tables()}


def _written(row: Any) -> str:
    """PostgreSQL keeps documents in an order of its own."""
    return json.dumps(list(row), sort_keys=True, default=repr)


def backed_up(url: str, path: Path) -> Path:
    with closing(Database(url)) as database:
        take_backup(database, path, by=WHO, now=NOW)
    return path


@pytest.fixture
def sami(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    def run(*arguments: object, url: str) -> Result:
        monkeypatch.setenv("SAMI_DATABASE__URL", url)
        monkeypatch.setenv("SAMI_SERVER__DATA_DIR", str(tmp_path / "data"))
        return CliRunner().invoke(commands, list(map(str, arguments)))

    return run


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'put_back' / 'sami.db'}" if request.param == "sqlite" else _fresh_postgres(request)


def _fresh_postgres(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("fresh_postgres_url")
    return url


@pytest.fixture
def fresh_postgres_url(postgres: Any) -> Iterator[str]:
    with postgres.copy() as url:
        yield url


@pytest.mark.races
def test_r19_each_row_goes_back_into_either_database_and_can_be_proved_before(
    settings: Settings, target_url: str, tmp_path: Path, sami: Callable[..., Result]
) -> None:
    fill(settings)
    file = tmp_path / "backup.zip"
    before = rows_of(settings.database_url)
    assert all(before[name] for name in ("agent", "lead", "call", "attempt", "decision", "text", "task", "outbox_item"))
    backed_up(settings.database_url, file)
    proved = sami("restore", file, "--verify", url=target_url)
    assert proved.exit_code == 0, proved.output
    assert "equal row for row" in proved.output
    restored = sami("restore", file, "--moved", url=target_url)
    assert restored.exit_code == 0, restored.output
    after = rows_of(target_url)
    assert after.pop("release")
    before.pop("release")
    [news] = set(after["audit"]) - set(before["audit"])
    assert '"restored"' in news
    after["audit"].remove(news)
    assert after.pop("audit_end") != before.pop("audit_end")
    assert after == before
    _takes_new_rows(target_url)


def _takes_new_rows(url: str) -> None:
    """PostgreSQL's numbers go on where the backup's ended."""
    with closing(Database(url)) as database, database.begin() as db:
        newest = max(db.execute(leads.select().with_only_columns(leads.c.id)).scalars())
        values = {"stage": "NEW", "created_at": NOW, "attributes": {}, "tags": [], "unowned_reason": "", "name": ""}
        assert db.execute(leads.insert().values(**values).returning(leads.c.id)).scalar_one() > newest


@pytest.mark.races
def test_r19_what_is_committed_while_it_is_taken_is_in_all_of_its_tables_or_in_none(
    world: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heartbeat stands in a table that is written early, spending in one that is written late."""
    add, written = ArchiveWriter.add, []

    def write_meanwhile(archive: ArchiveWriter, table: Any, columns: Any, rows: Any) -> None:
        with world.database.begin() as db:
            number = len(written)
            note_heartbeat(db, worker=f"w{number}", release="1", started_at=NOW, now=NOW)
            db.execute(spending.insert().values(name=f"s{number}", spent=1, began_at=NOW))
        written.append(table.name)
        add(archive, table, columns, rows)

    monkeypatch.setattr(ArchiveWriter, "add", write_meanwhile)
    file = tmp_path / "backup.zip"
    take_backup(world.database, file, by=WHO, now=NOW)
    counted = {entry.name: entry.rows for entry in Archive(file).manifest.tables}
    assert len(written) > 40
    assert counted["heartbeat"] == counted["spending"] == 0


def test_r19_an_older_releases_backup_is_migrated(
    settings: Settings, tmp_path: Path, sami: Callable[..., Result]
) -> None:
    fill(settings)
    migrations.downgrade(settings.database_url, "0021")
    file, target = (
        backed_up_by_an_older_release(settings.database_url, tmp_path),
        f"sqlite:///{tmp_path / 'b' / 's.db'}",
    )
    restored = sami("restore", file, "--moved", url=target)
    assert restored.exit_code == 0, restored.output
    migrations.refuse_drift(target)
    migrations.upgrade(settings.database_url)
    assert rows_of(target)["outbox_item"] == rows_of(settings.database_url)["outbox_item"]


def backed_up_by_an_older_release(url: str, tmp_path: Path) -> Path:
    """It has no table of backups yet, so what this release would note there it cannot."""
    from sami.backups import taking

    with closing(Database(url)) as database:
        taking._write(database, tmp_path / "old.zip", NOW)
    return tmp_path / "old.zip"


def test_s28_a_backup_is_readable_by_us_alone_and_its_age_is_known(world: Core, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "backup.zip"
    take_backup(world.database, file, by=WHO, now=NOW)
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    with world.database.read() as db:
        newest = newest_backup(db)
    assert newest is not None
    assert (newest.at, newest.file, newest.by) == (NOW, "backup.zip", "test")
    with zipfile.ZipFile(file) as archive:
        assert "manifest.json" in archive.namelist()


def test_r19_a_backup_that_fails_leaves_nothing_and_is_not_counted(
    world: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out_of_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ArchiveWriter, "add", run_out_of_room)
    with pytest.raises(BackupFailed, match="No space left"):
        take_backup(world.database, tmp_path / "folder" / "backup.zip", by=WHO, now=NOW)
    assert list((tmp_path / "folder").iterdir()) == []
    with world.database.read() as db:
        assert newest_backup(db) is None


@pytest.mark.parametrize("harm", ["cut", "changed", "not_one", "newer_format"])
def test_r19_what_is_no_whole_backup_is_refused_before_anything_is_written(
    world: Core, tmp_path: Path, sami: Callable[..., Result], harm: str
) -> None:
    file, target = tmp_path / "backup.zip", tmp_path / "put_back" / "sami.db"
    take_backup(world.database, file, by=WHO, now=NOW)
    harm_file(file, harm)
    refused = sami("restore", file, url=f"sqlite:///{target}")
    assert refused.exit_code == 1
    assert isinstance(refused.exception, BackupUnreadable)
    assert not target.exists()


def harm_file(file: Path, harm: str) -> None:
    whole = file.read_bytes()
    if harm == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif harm == "not_one":
        file.write_text("hello")
    else:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        if harm == "changed":
            members["tables/agent.jsonl"] = members["tables/agent.jsonl"].replace(b"Ana", b"Eve")
        else:
            members["manifest.json"] = members["manifest.json"].replace(b'"format": 1', b'"format": 2')
        with zipfile.ZipFile(file, "w") as archive:
            for name, held in members.items():
                archive.writestr(name, held)


def test_a_database_with_rows_is_never_overwritten(
    database_url: str, world: Core, tmp_path: Path, sami: Callable[..., Result]
) -> None:
    file, before = tmp_path / "backup.zip", rows_of(database_url)
    take_backup(world.database, file, by=WHO, now=NOW)
    refused = sami("restore", file, url=database_url)
    assert refused.exit_code == 1
    assert "an empty database only" in str(refused.exception)
    assert {**rows_of(database_url), "backup": []} == before


def test_r19_a_newer_releases_backup_says_so(
    world: Core, tmp_path: Path, sami: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    take_backup(world.database, file, by=WHO, now=NOW)
    monkeypatch.setattr("webhooks.commands.backups.restore.newest_revision", lambda: "0001")
    refused = sami("restore", file, url=f"sqlite:///{tmp_path / 'put_back' / 'sami.db'}")
    assert "made by a newer release" in str(refused.exception)


def test_r06_what_was_said_after_the_backup_is_looked_up_and_not_said_twice(
    world: Core, tmp_path: Path, sami: Callable[..., Result]
) -> None:
    world.want(SendText(E164(CALLER), E164(LINE), "We will call you.", "one"))
    file, target = tmp_path / "backup.zip", f"sqlite:///{tmp_path / 'put_back' / 'sami.db'}"
    take_backup(world.database, file, by=WHO, now=NOW)
    assert world.deliver() == 1
    sent = len(world.network.texts)
    with clock.use(lambda: world.now):
        restored = sami("restore", file, url=target)
    assert "1 thing(s) to say were due" in restored.output
    with closing(Database(target)) as database:
        after = Core(database, world.network, replace(world.here, database=database), world.now)
        after.live(120, step_s=30)
        assert len(world.network.texts) == sent
        assert after.item.state == "sent"


def test_old_backups_go_and_what_else_lies_there_stays(
    database_url: str, world: Core, tmp_path: Path, sami: Any
) -> None:
    folder = tmp_path / "data" / "backups"
    folder.mkdir(parents=True)
    for name in ("sami-20260101T000000Z.zip", "sami-20260102T000000Z.zip", "mine.zip"):
        (folder / name).write_text("")
    done = sami("backup", "--keep", "2", url=database_url)
    assert done.exit_code == 0, done.output
    kept = {path.name for path in folder.iterdir()}
    assert {"mine.zip", "sami-20260102T000000Z.zip"} < kept
    assert len(kept) == 3
