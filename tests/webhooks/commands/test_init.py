"""`sami init`: a file to begin with, which applies as it is and in which every key stands with its meaning."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sami.documents.checks.names import FILE_TYPES, ONE_ROW, key_names
from sami.documents.checks.types import check_types
from sami.documents.meanings import MEANINGS, PLACES, kinds_in_file
from sami.documents.template import Beginning, first_file
from sami.documents.toml import read_toml
from webhooks.cli import commands


def sami(*words: str) -> Result:
    return CliRunner().invoke(commands, list(words))


def test_the_file_applies_as_it_is_and_again_changes_nothing(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAMI_DATABASE__URL", sqlite_url)
    for number, country in enumerate(("US", "GB", "DE")):
        file = tmp_path / f"{country}.toml"
        assert sami("init", str(file), "--name", 'Ana "A" & Sons', "--country", country).exit_code == 0
        applied = sami("apply", str(file), "--yes", "--prune")
        assert applied.exit_code == 0, applied.output
        assert f"Version {number + 1} is in force." in applied.output
        assert "Nothing to change" in sami("apply", str(file)).output


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "organisation.toml"
    file.write_text("mine")
    refused = sami("init", str(file))
    assert (refused.exit_code, file.read_text()) == (1, "mine")
    assert sami("init", "-").output == first_file(Beginning())


@pytest.mark.parametrize("words", [("--country", "Texas"), ("--time-zone", "Austin")])
def test_what_no_file_can_begin_with_is_refused(tmp_path: Path, words: tuple[str, str]) -> None:
    refused = sami("init", str(tmp_path / "organisation.toml"), *words)
    assert refused.exit_code == 1
    assert words[1] in str(refused.exception)
    assert list(tmp_path.iterdir()) == []


def test_every_key_of_the_file_has_a_meaning_and_stands_in_it() -> None:
    text = first_file(Beginning())
    for kind in kinds_in_file():
        assert set(MEANINGS[kind]) == set(key_names(kind)), kind.__name__
        for key in key_names(kind):
            assert re.search(rf"^#? *{key} = ", text, re.MULTILINE), key
    assert set(PLACES) | set(FILE_TYPES.values()) == set(MEANINGS)


@pytest.mark.parametrize("table", FILE_TYPES)
def test_each_line_may_be_taken_in_by_removing_its_mark(table: str) -> None:
    """Of the right type, whatever else stands in the row."""
    kind = FILE_TYPES[table]
    given = read_toml(first_file(Beginning()))
    assert isinstance(given, dict)
    rows = given.get(table, {})
    row = rows if table in ONE_ROW else next(iter(rows), {})
    for key, meaning in MEANINGS[kind].items():
        added = read_toml(f"{key} = {meaning.example}")
        assert isinstance(added, dict)
        problems, _ = check_types(table, {**row, **added})
        assert [problem for problem in problems if problem.field.startswith(key)] == []


def test_every_example_is_toml() -> None:
    for meanings in MEANINGS.values():
        for key, meaning in meanings.items():
            tomllib.loads(f"{key} = {meaning.example}")
