"""What was acknowledged while the database was away is applied later, whoever dies in between (R3)."""

import os
import subprocess
import sys
import textwrap
import threading
from datetime import UTC, datetime, timedelta

import pytest

from webhooks.twilio.spool import Spool, SpooledRequest, SpoolFull

pytestmark = pytest.mark.races

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def dialled(call, number):
    return SpooledRequest(f"/voice/dialled/{number}", (("CallSid", call), ("Name", "José & Sons\n")), NOON)


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool")


@pytest.fixture
def applied():
    return []


def in_another_process(folder, *lines):
    script = f"""
    import os
    from datetime import UTC, datetime
    from pathlib import Path
    from webhooks.twilio.spool import Spool, SpooledRequest
    spool = Spool(Path({str(folder)!r}))
    def record(call):
        return SpooledRequest("/voice/incoming", (("CallSid", call),), datetime(2026, 3, 1, tzinfo=UTC))
    """
    source = textwrap.dedent(script) + "\n".join(lines)
    return subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_r03_what_was_appended_is_applied_once_in_order_as_it_came(spool, applied):
    records = [dialled("CA1", 0), dialled("CA2", 0), dialled("CA1", 1)]
    for record in records:
        spool.append(record)
    assert spool.has_waiting()
    assert spool.replay(applied.append) == 3
    assert applied == records
    assert not spool.has_waiting()
    assert spool.replay(applied.append) == 0


def test_r03_a_call_in_the_files_of_two_dead_processes_is_applied_in_its_own_order(tmp_path, applied):
    """The process that heard the end first had written its file first."""
    folder = tmp_path / "spool"
    for minute in (2, 1):
        spool = Spool(folder)
        spool.append(SpooledRequest("/voice", (("CallSid", "CA1"),), NOON + timedelta(minutes=minute)))
        spool._pid = 0  # As if forked away from: it gives its lock up.
        spool._leave_parents_files()
    assert Spool(folder).replay(applied.append) == 2
    assert [record.received_at.minute for record in applied] == [1, 2]


def test_r03_a_record_that_came_too_early_waits_alone(spool):
    for record in (dialled("CA1", 0), dialled("CA1", 1)):
        spool.append(record)
    assert spool.replay(lambda record: record.path.endswith("1")) == 1
    assert spool.replay(lambda record: True) == 1


def test_r03_a_record_that_fails_keeps_its_calls_later_ones_waiting_and_no_others(spool, applied):
    for record in (dialled("CA1", 0), dialled("CA2", 0), dialled("CA1", 1)):
        spool.append(record)

    def fail_for_ca1(record):
        if record.call_sid == "CA1":
            raise RuntimeError("away again")
        applied.append(record)

    assert spool.replay(fail_for_ca1) == 1
    spool.append(dialled("CA1", 2))
    assert spool.replay(fail_for_ca1) == 0
    assert spool.replay(applied.append) == 3
    assert applied == [dialled("CA2", 0), *(dialled("CA1", number) for number in range(3))]


def test_r03_later_records_of_a_call_wait_for_the_one_that_failed_though_they_could_be_applied(spool, applied):
    for record in (dialled("CA1", 0), dialled("CA1", 1), dialled("CA2", 0), dialled("CA1", 2)):
        spool.append(record)

    def fail_the_first(record):
        if record == dialled("CA1", 0):
            raise RuntimeError("away again")
        applied.append(record)

    assert spool.replay(fail_the_first) == 1
    assert applied == [dialled("CA2", 0)]
    assert spool.replay(applied.append) == 3
    assert applied[1:] == [dialled("CA1", number) for number in range(3)]


def test_r03_a_kill_in_the_middle_of_a_replay_applies_again_and_loses_nothing(tmp_path, spool, applied):
    die_at_the_third = [
        "for number in range(5): spool.append(record(f'CA{number}'))",
        "spool.replay(lambda record: os._exit(9) if record.call_sid == 'CA2' else None)",
    ]
    with in_another_process(tmp_path / "spool", *die_at_the_third) as other:
        assert other.wait(20) == 9
    assert spool.replay(applied.append) == 5
    assert [record.call_sid for record in applied] == [f"CA{number}" for number in range(5)]


def test_r03_the_file_of_a_living_process_is_left_alone_and_adopted_after_its_death(tmp_path, spool, applied):
    living = ["spool.append(record('CA1'))", "print('ready', flush=True)", "input()"]
    with in_another_process(tmp_path / "spool", *living) as other:
        assert other.stdout.readline() == "ready\n"
        assert spool.replay(applied.append) == 0
        other.kill()
    assert spool.replay(applied.append) == 1
    assert not spool.has_waiting()


@pytest.mark.parametrize("torn", [b'{"received_at":"2026', b"\xff\x00", b"[]", b'{"path":1}'])
def test_r03_a_torn_last_line_is_kept_aside(tmp_path, applied, torn):
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "999999-20260301-1.jsonl").write_bytes(dialled("CA1", 0).to_line() + torn)
    Spool(folder).replay(applied.append)
    assert applied == [dialled("CA1", 0)]
    assert (folder / "unreadable.txt").read_bytes() == torn + b"\n"
    assert not Spool(folder).has_waiting()


def test_what_arrives_during_a_replay_waits_for_the_next(spool, applied):
    spool.append(dialled("CA1", 0))

    def append_while_applying(record):
        applied.append(record)
        spool.append(dialled("CA1", 1))

    assert spool.replay(append_while_applying) == 1
    assert spool.replay(applied.append) == 1
    assert applied == [dialled("CA1", 0), dialled("CA1", 1)]


def test_threads_never_mix_their_lines(spool, applied):
    def append_some(call):
        for number in range(20):
            spool.append(dialled(call, number))

    threads = [threading.Thread(target=append_some, args=(f"CA{call}",)) for call in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spool.replay(applied.append) == 80
    for call in range(4):
        mine = [record for record in applied if record.call_sid == f"CA{call}"]
        assert mine == [dialled(f"CA{call}", number) for number in range(20)]


def test_a_full_spool_says_so_and_takes_again_once_it_is_empty(tmp_path, applied):
    one = len(dialled("CA1", 0).to_line())
    spool = Spool(tmp_path, max_bytes=2 * one)
    spool.append(dialled("CA1", 0))
    spool.append(dialled("CA1", 1))
    with pytest.raises(SpoolFull):
        spool.append(dialled("CA1", 2))
    assert spool.replay(applied.append) == 2
    spool.append(dialled("CA1", 2))


def test_a_line_that_the_disk_took_by_half_is_taken_back(spool, applied, monkeypatch):
    spool.append(dialled("CA1", 0))
    write = os.write

    def write_half(file, content):
        monkeypatch.setattr(os, "write", refuse)
        return write(file, bytes(content)[:10])

    def refuse(_file, _content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", write_half)
    with pytest.raises(OSError, match="No space"):
        spool.append(dialled("CA1", 1))
    monkeypatch.undo()
    spool.append(dialled("CA1", 2))
    assert spool.replay(applied.append) == 2
    assert applied == [dialled("CA1", 0), dialled("CA1", 2)]


def test_other_files_in_the_folder_are_nobodys(spool, tmp_path, applied):
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "notes.jsonl").write_text("mine\n")
    assert not spool.has_waiting()
    assert spool.replay(applied.append) == 0


def test_an_instant_keeps_its_zone_on_the_way(spool, applied):
    record = SpooledRequest("/voice/incoming", (), NOON + timedelta(microseconds=1))
    spool.append(record)
    spool.replay(applied.append)
    assert applied == [record]
