"""`sami cadences` at the shell: what is printed, and how it ends."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.database.engine import Database
from sami.store.cadences import enrolments
from sami.store.leads import insert_lead
from tests.support.cadencing import CALL, DAY, TEXT, file_with
from webhooks.cli import commands

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
BRANCH = {"do": "branch", "when": {"tags": ["hot"]}, "then": [CALL], "else": [TEXT]}


@pytest.fixture
def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Database:
    """With a cadence, and Maria, whom Ana owns."""
    monkeypatch.setenv("SAMI_DATABASE__URL", sqlite_url)
    monkeypatch.setattr(clock, "utc_now", lambda: MONDAY_10)
    path = tmp_path / "organisation.toml"
    path.write_text(file_with(follow=[TEXT, DAY, BRANCH]))
    assert sami("apply", str(path)).exit_code == 0
    database = Database(sqlite_url)
    values = {"phone": "+15125550142", "state": "TX", "owner_id": 1, "attributes": {}, "created_at": MONDAY_10}
    with database.begin() as db:
        insert_lead(db, name="Maria Ortiz", **values)
    return database


def sami(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(commands, list(arguments), input=given)


def rows(result: Result) -> list[list[str]]:
    return [line.split() for line in result.output.splitlines()]


def test_cadences_are_listed_with_how_many_leads_are_in_them(database: Database) -> None:
    sami("cadences", "enrol", "follow", "--lead", "1")
    assert rows(sami("cadences"))[1] == ["follow", "Follow", "5", "1", "0", "0", "0"]
    (listed,) = json.loads(sami("cadences", "--json").output)["cadences"]
    assert listed["enrolments"] == {"active": 1, "paused": 0, "completed": 0, "cancelled": 0}


def test_a_cadence_is_shown_step_by_step(database: Database) -> None:
    shown = sami("cadences", "show", "follow").output.splitlines()
    assert shown[3:] == [
        "  1  text_lead     Hi {lead.first_name}, it is {owner.first_name}.",
        "  2  wait          1 day",
        "  3  branch        if tags is hot",
        "  4      call_lead     hangs up on a machine",
        "     else",
        "  5      text_lead     Hi {lead.first_name}, it is {owner.first_name}.",
    ]


def test_a_preview_tells_times_on_the_leads_clock(database: Database) -> None:
    told = sami("cadences", "preview", "follow", "--lead", "512 555 0142").output.splitlines()
    assert told == [
        "Follow, for Maria Ortiz. Times are America/Chicago, where the lead may live.",
        "  Mon 2026-11-16 10:00   1 text_lead     Hi Maria, it is Ana.",
        "  Tue 2026-11-17 10:00   3 branch        else",
        "  Tue 2026-11-17 10:00   5 text_lead     Hi Maria, it is Ana.",
        "  Tue 2026-11-17 10:00     completed: every step was taken",
    ]


def test_a_preview_of_a_lead_that_nobody_stored(database: Database) -> None:
    said = ("--name", "Lee", "--state", "HI", "--tag", "hot", "--owner", "ben", "--at", "2026-11-16T22:00")
    told = json.loads(sami("cadences", "preview", "follow", *said, "--json").output)
    assert [(moment["local"], moment["what"]) for moment in told["moments"]] == [
        ("2026-11-16T18:00:00", "Hi Lee, it is Ben."),
        ("2026-11-17T18:00:00", "then: its condition holds"),
        ("2026-11-17T18:00:00", "hangs up on a machine"),
    ]
    assert told["ends"]["state"] == "completed"


def test_a_lead_begins_pauses_goes_on_and_ends(database: Database) -> None:
    for arguments, said in (
        (("enrol", "follow", "--lead", "1"), "Lead 1 has begun follow."),
        (("pause", "1", "--until", "2026-11-20T10:00"), "Lead 1 pauses in follow."),
        (("resume", "1"), "Lead 1 goes on in follow."),
        (("cancel", "1", "--reason", "sold"), "Lead 1 is out of follow."),
    ):
        done = sami("cadences", *arguments)
        assert (done.exit_code, done.output.strip()) == (0, said)
    with database.read() as db:
        (row,) = db.execute(enrolments.select())
    assert (row.state, row.reason) == ("cancelled", "sold")
    assert "cancelled on 2026-11-16 16:00 UTC" in sami("cadences", "lead", "1").output


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(("show", "nope"), 1, id="no such cadence"),
        pytest.param(("enrol", "follow", "--lead", "99"), 1, id="no such lead"),
        pytest.param(("pause", "1"), 1, id="a lead that is in none"),
        pytest.param(("preview", "follow", "--phone", "12"), 2, id="no phone"),
        pytest.param(("preview", "follow", "--at", "soon"), 2, id="no instant"),
        pytest.param(("preview", "follow", "--owner", "zed"), 2, id="no agent"),
        pytest.param(("ready", "nope"), 2, id="none of that name is shipped"),
        pytest.param(("pause", "1", "--until", "2020-01-01T00:00Z"), 2, id="an end that has passed"),
    ],
)
def test_what_cannot_be_done_ends_with_its_status(database: Database, arguments: tuple[str, ...], status: int) -> None:
    refused = CliRunner().invoke(commands, ["cadences", *arguments])
    assert refused.exit_code == status


def test_why_of_a_lead_says_where_it_stands_in_each_cadence(database: Database) -> None:
    sami("cadences", "enrol", "follow", "--lead", "1")
    assert "follow goes on Mon Nov 16 10:00:00 AM with step 1." in sami("why", "1").output
    sami("cadences", "pause", "1", "--until", "2026-11-20T09:00", "--reason", "on holiday")
    assert "follow pauses at step 1 until Fri Nov 20 9:00:00 AM: on holiday, by " in plain(sami("why", "1"))
    sami("cadences", "cancel", "1", "--reason", "bought elsewhere")
    assert "follow was cancelled Mon Nov 16 10:00:00 AM: bought elsewhere, by " in plain(sami("why", "1"))
    (told,) = json.loads(sami("why", "1", "--json").output)["cadences"]
    assert (told["cadence"], told["state"], told["reason"], told["step"]) == (
        *("follow", "cancelled", "bought elsewhere", None),
    )


def plain(result: Result) -> str:
    """Without the ends of lines."""
    return " ".join(result.output.split())


def test_a_second_enrolment_is_refused(database: Database) -> None:
    sami("cadences", "enrol", "follow", "--lead", "1")
    again = sami("cadences", "enrol", "follow", "--lead", "1")
    assert (again.exit_code, again.stderr) == (1, "Lead 1 is in follow already.\n")


@pytest.mark.parametrize("key", ["speed-to-lead", "ten-day", "re-engage"])
def test_what_is_ready_is_listed_imported_and_tried_out(database: Database, key: str) -> None:
    assert key in [row[0] for row in rows(sami("cadences", "ready"))]
    imported = sami("cadences", "import", "-", given=sami("cadences", "ready", key).output)
    assert imported.output.splitlines() == [f"added {key}", "Version 2 is in force."]
    again = sami("cadences", "import", "-", given=sami("cadences", "ready", key).output)
    assert again.output == "Nothing to change: version 2 stays in force.\n"
    tried = json.loads(sami("cadences", "preview", key, "--lead", "1", "--json").output)
    assert tried["ends"]["state"] == "completed"
    assert all("{" not in moment["what"] for moment in tried["moments"])


def test_only_cadences_are_imported(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "more.toml"
    path.write_text(file_with(follow=[TEXT]))
    refused = sami("cadences", "import", str(path))
    assert refused.exit_code == 1
    assert refused.stderr.startswith("it holds organisation, agents, teams, lines, bots as well; import a file of")
    assert sami("cadences", "import", "-", given="[[cadences]\n").exit_code == 1
