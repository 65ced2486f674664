"""A test run that is killed leaves no PostgreSQL behind."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

RUN = """
import sys
from pathlib import Path
from tests.support.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.postgres
def test_a_killed_run_leaves_no_postgresql_and_no_files_behind() -> None:
    directory = Path(tempfile.mkdtemp(prefix="sami-pg-"))
    arguments = [sys.executable, "-c", RUN, str(directory)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        postmaster = psutil.Process(int(run.stdout.readline()))
        assert postmaster.is_running()
        run.kill()
    give_up_at = time.monotonic() + 30
    while directory.exists() or postmaster.is_running():
        assert time.monotonic() < give_up_at, "it was left behind"
        time.sleep(0.05)
