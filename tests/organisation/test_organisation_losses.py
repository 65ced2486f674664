"""A file takes nothing away without being told to, and one thing is changed by its path."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.database.engine import Database
from sami.organisation.applying import export_text
from tests.support.cast import ANA, LINE, agent, desk, olive, organisation
from tests.support.signed import publish
from webhooks.cli import commands

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
ANAS = {"licences": ["TX"], "hours": "Mo-Fr 09:00-18:00"}
POLICY = """
[policy]
note = "Opening"
default = { agent = "ana" }
sla = { minutes = 5 }
"""


class Admin:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder

    def sami(self, *arguments: str) -> Result:
        return CliRunner().invoke(commands, list(arguments))

    def apply(self, text: str, *arguments: str) -> Result:
        path = self.folder / "organisation.toml"
        path.write_text(text)
        return self.sami("apply", str(path), *arguments)

    def export(self) -> str:
        with self.database.read() as db:
            return export_text(db, NOW)

    @property
    def document(self) -> dict[str, Any]:
        return tomllib.loads(self.export())

    def agent(self, key: str) -> dict[str, Any]:
        return next(row for row in self.document["agents"] if row["key"] == key)


@pytest.fixture
def admin(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Admin]:
    monkeypatch.setenv("SAMI_DATABASE__URL", database.url.render_as_string(hide_password=False))
    file = organisation(agents=[agent("ana", **ANAS), agent("ben"), olive()], bot={"fallback": [desk()]})
    publish(database, file + POLICY)
    with clock.use(lambda: NOW):
        yield Admin(database, tmp_path)


PART = f'[[agents]]\nkey = "ana"\nname = "Ana Ruiz"\nphone = "{ANA}"\n'


def test_a_part_of_a_row_takes_nothing_away_unless_told_to(admin: Admin) -> None:
    refused = admin.apply(PART)
    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        '[[agents]] ana: hours stands today as "Mo-Fr 09:00-18:00", and not in the file; write it, or take it away '
        "with --yes",
        '[[agents]] ana: licences stands today as ["TX"], and not in the file; write it, or take it away with --yes',
        "2 faults; nothing was changed.",
    ]
    assert admin.agent("ana")["licences"] == ["TX"]
    assert admin.apply(PART, "--yes").exit_code == 0
    assert "licences" not in admin.agent("ana")


def test_a_policy_without_what_stands_in_it_is_refused_too(admin: Admin) -> None:
    refused = admin.apply('[policy]\ndefault = { agent = "ben" }\n')
    assert '[policy]: sla stands today as {"minutes": 5}' in refused.output
    assert admin.document["policy"]["default"] == {"agent": "ana"}


def test_a_whole_row_and_a_shorter_list_are_what_they_say(admin: Admin) -> None:
    whole = PART + 'verified = true\nhours = "Mo-Fr 09:00-18:00"\nlicences = []\n'
    assert admin.apply(whole).exit_code == 0
    assert admin.agent("ana")["licences"] == []


@pytest.mark.parametrize(
    ("path", "value", "kept"),
    [
        ("agents.ana.hours", "Mo-Fr 10:00-19:00", lambda d: d["agents"][0]["hours"] == "Mo-Fr 10:00-19:00"),
        ("agents.ana.licences", '["TX", "OK"]', lambda d: d["agents"][0]["licences"] == ["TX", "OK"]),
        ("agents.ana.licences[2]", "NM", lambda d: d["agents"][0]["licences"] == ["TX", "NM"]),
        ("agents.ana.name", "42", lambda d: d["agents"][0]["name"] == "42"),
        ("bots.main.ring_timeout", "25", lambda d: d["bots"][0]["ring_timeout"] == 25),
        ("bots.main.fallback[1].phone", "+15125550192", lambda d: d["bots"][0]["fallback"][0]["phone"][-4:] == "0192"),
        (f"lines.{LINE}.name", "Main line", lambda d: d["lines"][0]["name"] == "Main line"),
        ("organisation.name", "Harbor", lambda d: d["organisation"]["name"] == "Harbor"),
        ("policy.sla.minutes", "7", lambda d: d["policy"]["sla"] == {"minutes": 7}),
    ],
)
def test_one_thing_is_set_by_its_path_and_the_rest_stays(admin: Admin, path: str, value: str, kept: Any) -> None:
    before = admin.document
    done = admin.sami("set", path, value)
    assert done.exit_code == 0, done.output
    after = admin.document
    assert kept(after)
    assert [len(after[table]) for table in before] == [len(before[table]) for table in before]
    assert "licences" in after["agents"][0]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("agent.ana.hours", "x", "agent is no table; did you mean agents?"),
        ("agents.anna.hours", "x", "anna is none of them; did you mean ana?"),
        ("agents.ana.hour", "x", "hour is no key; did you mean hours?"),
        ("agents.ana", "x", "agents.ana names no key"),
        ("bots.main.fallback[9].phone", "+15125550192", "fallback[9].phone is not there"),
        ("bots.main.ring_timeout", "3", "ring_timeout 3 is out of range"),
        ("agents.ana.phone", "nobody", "is not a phone number"),
    ],
)
def test_what_cannot_be_set_is_said_and_changes_nothing(admin: Admin, path: str, value: str, said: str) -> None:
    before = admin.document
    refused = admin.sami("set", path, value)
    assert refused.exit_code == 1
    assert said in refused.output
    assert "nothing was changed." in refused.output
    assert admin.document == before


def test_a_file_does_not_change_back_what_was_set_since_unless_told_to(admin: Admin) -> None:
    file = admin.export()
    admin.sami("set", "agents.ana.hours", "Mo-Fr 10:00-19:00")
    refused = admin.apply(file)
    assert refused.exit_code == 1
    assert (
        '[[agents]] ana: hours was changed to "Mo-Fr 10:00-19:00" since the file was last applied; write that, or '
        'change it to "Mo-Fr 09:00-18:00" with --yes' in refused.output
    )
    assert admin.agent("ana")["hours"] == "Mo-Fr 10:00-19:00"
    assert admin.apply(file, "--yes").exit_code == 0
    assert admin.agent("ana")["hours"] == "Mo-Fr 09:00-18:00"
    assert admin.apply(file).exit_code == 0


@pytest.mark.parametrize("elsewhere", [("block", "+13105550199"), ("block", "+13105550100", "--lift")])
def test_who_is_blocked_or_let_in_meanwhile_is_no_file_of_the_admins(admin: Admin, elsewhere: tuple[str, ...]) -> None:
    admin.sami("block", "+13105550100")
    file = admin.export()
    assert admin.apply(file, "--yes").exit_code == 0
    admin.sami("set", "agents.ana.hours", "Mo-Fr 10:00-19:00")
    assert admin.sami(*elsewhere).exit_code == 0
    refused = admin.apply(file)
    assert refused.exit_code == 1
    assert "hours was changed to" in refused.output
    assert admin.agent("ana")["hours"] == "Mo-Fr 10:00-19:00"
