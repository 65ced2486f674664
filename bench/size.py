"""`python -m bench.size`: memory of `sami run`, and what a call leaves on disk, with an embedded database.

Memory is what all processes hold together, pages that they share counted once (Linux's PSS), after half a minute.
The calls are of fifty known leads; the owner answers, talks for ten seconds, and the caller hangs up.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

import migrations
from bench.ground import ACCOUNT_SID, PUBLIC_URL, TOKEN, environment, free_port, organisation
from sami import logs
from sami.settings.loading import Settings
from tests.support.cast import ANA, desk
from tests.support.cast import organisation as small_organisation
from tests.support.world import World
from webhooks.simulator.behaviours import Answers

STARTED_AFTER_S, STOPPED_WITHIN_S = 30.0, 35.0
LEADS, CALLS = 50, 500
MB = 2**20


def main() -> None:
    logs.configure_logs("ERROR", "json")
    with tempfile.TemporaryDirectory() as folder:
        _measure_memory(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        _measure_calls(Path(folder))


def _measure_memory(folder: Path) -> None:
    told = environment(folder, f"sqlite:///{folder / 'sami.db'}", port=free_port())
    sami = [sys.executable, "-m", "webhooks.cli"]
    (folder / "organisation.toml").write_text(organisation())
    subprocess.run([*sami, "apply", str(folder / "organisation.toml")], env=told, check=True, capture_output=True)
    run = subprocess.Popen([*sami, "run"], env=told, stdout=subprocess.DEVNULL)
    try:
        time.sleep(STARTED_AFTER_S)
        parent = psutil.Process(run.pid)
        everybody = [parent, *parent.children(recursive=True)]
        held = sum(process.memory_full_info().pss for process in everybody)
        print(f"sami run: {held / MB:.0f} MB in {len(everybody)} processes")
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(STOPPED_WITHIN_S)


def _measure_calls(folder: Path) -> None:
    file = folder / "sami.db"
    migrations.upgrade(f"sqlite:///{file}")
    settings = Settings.model_validate(
        {
            "server": {"public_url": PUBLIC_URL, "data_dir": folder},
            "database": {"url": f"sqlite:///{file}"},
            "twilio": {"account_sid": ACCOUNT_SID, "auth_tokens": [TOKEN]},
        }
    )
    with World(settings, small_organisation(bot={"fallback": [desk()]})) as world:
        world.phone(ANA, Answers(talks_s=10))
        for lead in range(LEADS):
            world.call(_phone(lead))
        before = _size(file)
        for call in range(CALLS):
            world.call(_phone(call % LEADS))
        print(f"A call: {(_size(file) - before) / CALLS / 1000:.0f} kB on disk")


def _phone(lead: int) -> str:
    return f"+1512555{7000 + lead:04d}"


def _size(file: Path) -> int:
    with closing(sqlite3.connect(file)) as database:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            database.execute(statement).fetchall()
    return os.stat(file).st_size


if __name__ == "__main__":
    main()
