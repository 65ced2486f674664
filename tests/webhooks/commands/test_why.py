"""`sami why` at the shell: words for people, a document for programs, and how it ends."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from sami.database.away import DatabaseAway
from sami.database.engine import Database
from tests.support.calling import Calling, answered_call, missed_call
from tests.support.cast import LEE, LINE, desk, organisation
from webhooks.cli import commands


@pytest.fixture
def calling(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Calling]:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    database = Database(database_url)
    yield Calling(database, organisation(bot={"fallback": [desk()]}))
    database.close()


def sami(*arguments: str) -> Result:
    return CliRunner().invoke(commands, list(arguments), terminal_width=80)


def test_a_call_is_explained_within_eighty_columns_and_without_colour(calling: Calling) -> None:
    missed_call(calling)
    explained = sami("why", "CA1")
    lines = explained.stdout.splitlines()
    assert explained.exit_code == 0
    assert lines[0] == f"{LEE} called Website ({LINE}) on Tue Mar 3, 2026 at 10:00:00 AM."
    assert "10:00:00 AM  Owner: Ana Ruiz, for up to 20 s." in lines
    assert "               Not rung: Cy Lund is off duty." in lines
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in explained.stdout
    assert all(line == line.rstrip() for line in lines)


def test_without_a_call_the_newest_is_explained(calling: Calling) -> None:
    missed_call(calling)
    newer = Calling(calling.database, organisation(), sid="CA2")
    newer.arrive()
    assert json.loads(sami("why", "--json").stdout)["sid"] == "CA2"


def test_json_is_one_document_with_what_the_call_caused(calling: Calling) -> None:
    answered_call(calling)
    document = json.loads(sami("why", "CA1", "--json").stdout)
    assert document["outcome"] == "successful_transfer"
    assert {"tasks", "texts", "cadences_cancelled"} <= document.keys()


def test_a_call_that_is_not_known_ends_with_1(calling: Calling) -> None:
    unknown = sami("why", "CA404", "--json")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert unknown.stderr == "No call CA404 is known here.\n"
    assert sami("why").stderr == "There is no call yet.\n"


def test_a_database_that_does_not_answer_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nothing")
    away = sami("why", "CA1")
    assert away.exit_code == 1
    assert isinstance(away.exception, DatabaseAway)


def test_a_caller_s_name_cannot_steer_the_terminal(calling: Calling) -> None:
    missed_call(calling)
    with calling.database.begin() as db:
        db.exec_driver_sql("UPDATE lead SET name = 'Eve \x1b[2J[bold]:smile:'")
    shown = sami("why", "CA1").stdout
    assert "\x1b" not in shown
    assert "Eve  [2J[bold]:smile:" in shown.splitlines()[0]
