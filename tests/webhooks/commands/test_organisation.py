"""`sami apply` and `sami export` at the shell: what is printed, and how they end."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.organisation.test_organisation import FILE
from webhooks.cli import commands


@pytest.fixture(autouse=True)
def _database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_DATABASE__URL", sqlite_url)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "organisation.toml"
    path.write_text(FILE)
    return path


def sami(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(commands, list(arguments), input=given)


def test_a_file_is_applied_and_exported(path: Path) -> None:
    applied = sami("apply", str(path))
    assert applied.exit_code == 0
    assert "added [[agents]] ana\n" in applied.output
    *_, version, silent = applied.output.splitlines()
    assert version == "Version 1 is in force."
    assert silent == "No call will ring: Olive Park [olive] (calls switched off)."
    exported = sami("export")
    assert exported.exit_code == 0
    again = sami("apply", "-", given=exported.output)
    assert again.output.splitlines()[-2] == "Nothing to change: version 1 stays in force."


def test_a_refusal_tells_every_fault_and_ends_with_1(path: Path) -> None:
    path.write_text(FILE.replace("max_wait = 90", "max_wait = 1").replace("+15125550102", "512"))
    refused = sami("apply", str(path))
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        '[[agents]] ben: phone "512" is not a phone number; write it in E.164, for example +15125550101',
        "[[bots]] main: max_wait 1 is out of range; write a number from 15 to 600",
        "2 faults; nothing was changed.",
    ]
    assert sami("export").output == ""


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    assert sami("apply", str(tmp_path / "nowhere.toml")).exit_code == 2
    assert sami("apply").exit_code == 2


def test_a_dry_run_writes_nothing(path: Path) -> None:
    tried = sami("apply", str(path), "--dry-run")
    assert (tried.exit_code, tried.output.splitlines()[-1]) == (0, "Nothing was written: this was a dry run.")
    assert sami("export").output == ""


def test_json_is_one_document_when_applied(path: Path) -> None:
    sami("apply", str(path))
    path.write_text(FILE.replace("max_wait = 90", "max_wait = 60"))
    document = json.loads(sami("apply", str(path), "--json").stdout)
    assert document["applied"] is True
    assert document["changes"] == [
        {"table": "bots", "row": "main", "what": "changed", "field": "max_wait", "from": 90, "to": 60}
    ]
    assert document["warnings"]
    assert document["faults"] == []


def test_json_is_one_document_when_refused(path: Path) -> None:
    path.write_text(FILE.replace("max_wait = 90", "max_wait = 1"))
    refused = sami("apply", str(path), "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout) == {
        "applied": False,
        "changes": [],
        "warnings": [],
        "faults": [
            {
                "table": "bots",
                "row": "main",
                "field": "max_wait",
                "wrong": "1 is out of range",
                "right": "write a number from 15 to 600",
            }
        ],
    }


def test_bytes_that_are_no_text_are_refused() -> None:
    refused = sami("apply", "-", given=b'[organisation]\nname = "\xff"\n')
    assert (refused.exit_code, refused.stderr.splitlines()[0]) == (
        1,
        "the file is not UTF-8 at byte 24; save it as UTF-8",
    )


def test_an_embedded_database_that_nobody_used_is_made(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMI_DATABASE__URL", f"sqlite:///{tmp_path}/fresh/sami.db")
    assert sami("apply", str(path)).exit_code == 0
    assert (tmp_path / "fresh" / "sami.db").exists()
