"""The clock is aware, can be replaced, and a moved clock is shared through its file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sami import clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def shift_file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "clock"
    clock.use_shift_file(path)
    yield path
    clock.use_shift_file(None)


def test_the_time_is_aware_and_in_utc() -> None:
    assert clock.utc_now().utcoffset() == timedelta(0)


def test_a_replaced_clock_is_given_back_afterwards() -> None:
    with clock.use(lambda: NOON):
        assert clock.utc_now() == NOON
    assert clock.utc_now() != NOON


def test_moving_twice_moves_further(shift_file: Path) -> None:
    with clock.use(lambda: NOON):
        clock.move_clock(60)
        assert clock.move_clock(30) == 90
        assert clock.utc_now() == NOON + timedelta(seconds=90)


def test_another_process_sees_the_moved_clock(shift_file: Path) -> None:
    clock.move_clock(86_400 * 365)
    program = "from sami import clock; print(clock.utc_now().isoformat())"
    seen = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"SAMI_CLOCK_FILE": str(shift_file)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert abs(datetime.fromisoformat(seen.stdout.strip()) - clock.utc_now()) < timedelta(minutes=1)


def test_without_a_file_the_clock_cannot_be_moved() -> None:
    with pytest.raises(RuntimeError):
        clock.move_clock(60)
