"""`sami policy` at the shell: what is printed, and how it ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.errors import SamiError
from tests.assignment.test_policies import BARE, FILE, POLICY
from webhooks.cli import commands

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
FAIR = '[policy]\nrules = [{ name = "All", to = { team = "buyers" } }]\n'
WRONG = 'rules = [{ name = "All", to = { team = "sellers" } }]\n'
NEVER = "No policy is in force: leads are given in turns, with equal shares, to the active agents who take leads.\n"


@pytest.fixture(autouse=True)
def _business(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At three in the afternoon of a Monday, by olive."""
    monkeypatch.setenv("SAMI_DATABASE__URL", sqlite_url)
    monkeypatch.setenv("LOGNAME", "olive")
    with clock.use(lambda: NOW):
        assert sami("apply", "-", given=BARE).exit_code == 0
        yield


def sami(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(commands, list(arguments), input=given)


def policy(*arguments: str, given: str | bytes | None = None) -> str:
    done = sami("policy", *arguments, given=given)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str, given: str | bytes | None = None) -> Result:
    """By a refusal that `sami` tells in one line and ends with 1, or by faults, told one a line."""
    done = sami("policy", *arguments, given=given)
    assert done.exit_code == 1
    assert done.exception is None or isinstance(done.exception, SamiError | SystemExit)
    return done


def published(name: str, text: str, note: str = "Because") -> str:
    policy("draft", name, "-", given=text)
    return policy("publish", name, "--note", note)


def test_before_the_first_policy_every_list_says_so() -> None:
    assert policy("show") == NEVER
    assert policy("history") == NEVER
    assert policy("drafts") == "There is no draft.\n"
    assert json.loads(policy("show", "--json")) is None
    assert json.loads(policy("history", "--json")) == {"versions": []}
    assert json.loads(policy("drafts", "--json")) == {"drafts": []}


def test_a_draft_is_kept_listed_compared_and_published() -> None:
    sami("apply", "-", given=FILE)
    assert policy("draft", "fair", "-", given=FAIR) == "Draft fair is kept.\n"
    assert policy("drafts") == "fair: based on version 1, changed 2026-11-02 15:00 UTC by olive\n"
    told = policy("diff", "fair").splitlines()
    assert told[-3:] == [
        "removed [[policy.rules]] Night",
        "removed [[policy.rules]] Everybody else",
        "removed [[policy.score]] Ready now",
    ]
    assert policy("diff", "1", "fair").splitlines() == told
    assert policy("publish", "fair", "--note", "Fair shares") == "Version 2 of the policy is in force.\n"
    assert policy("drafts") == "There is no draft.\n"
    assert policy("history").splitlines() == [
        "version 2, in force: from 2026-11-02 15:00 UTC, by olive: Fair shares",
        "version 1, past: from 2026-11-02 15:00 UTC, by olive: Opening policy",
    ]


def test_what_is_shown_is_a_file_again() -> None:
    sami("apply", "-", given=FILE)
    shown = policy("show")
    assert shown.startswith("# version 1, in force: from 2026-11-02 15:00 UTC, by olive: Opening policy\n[policy]\n")
    policy("draft", "same", "-", given=shown)
    assert policy("diff", "same") == "They say the same.\n"
    assert "Nothing to change: version 1 stays in force.\n" in sami("apply", "-", given=shown).output


def test_a_note_of_several_lines_is_shown_on_one() -> None:
    published("fair", FAIR)
    policy("rollback", "1", "--note", "Fair\nshares\x1b[2J = 3")
    newest = policy("history").splitlines()[0]
    assert newest == "version 2, in force: from 2026-11-02 15:00 UTC, by olive: Fair shares [2J = 3"
    policy("draft", "same", "-", given=policy("show"))


def test_json_is_one_document() -> None:
    published("fair", FAIR, "Fair shares")
    policy("draft", "pond", "-", given="default = { pond = true }")
    entry = {
        "version": 1,
        "state": "in force",
        "note": "Fair shares",
        "effective_at": "2026-11-02T15:00:00Z",
        "ends_at": None,
        "share": 100,
        "published_at": "2026-11-02T15:00:00Z",
        "published_by": "olive",
    }
    document = {"rules": [{"name": "All", "to": {"team": "buyers"}}], "note": "Fair shares"}
    assert json.loads(policy("history", "--json")) == {"versions": [entry]}
    assert (
        json.loads(policy("show", "--json"))
        == json.loads(policy("show", "1", "--json"))
        == entry | {"policy": document}
    )
    assert json.loads(policy("drafts", "--json"))["drafts"] == [
        {
            "name": "pond",
            "document": {"default": {"pond": True}},
            "based_on": 1,
            "changed_at": "2026-11-02T15:00:00Z",
            "changed_by": "olive",
        }
    ]
    assert json.loads(policy("diff", "pond", "--json"))["changes"][0] == {
        "table": "policy",
        "row": "",
        "what": "changed",
        "field": "default.pond",
        "from": None,
        "to": True,
    }


def test_a_rollback_is_in_force_at_once() -> None:
    published("fair", FAIR)
    published("pond", "default = { pond = true }")
    assert policy("rollback", "1", "--note", "Too few claimed") == "Version 3 of the policy is in force.\n"
    assert policy("diff", "1", "3") == "They say the same.\n"
    assert "version 3, in force: from 2026-11-02 15:00 UTC, by olive: Too few claimed" in policy("history")


def test_a_version_that_waits_is_said_to_wait_by_all_that_are_published_before_it() -> None:
    later = f"effective_at = 2026-12-01T09:00:00Z\n{FAIR.partition(chr(10))[2]}"
    assert published("december", later) == "Version 1 of the policy takes effect at 2026-12-01 09:00 UTC.\n"
    assert published("now", FAIR).splitlines() == [
        "Version 2 of the policy is in force.",
        "note: version 1 takes its place at 2026-12-01 09:00 UTC.",
    ]


def test_a_draft_that_missed_a_version_is_said_to_have_missed_it() -> None:
    published("first", FAIR)
    policy("draft", "slow", "-", given=FAIR)
    published("quick", "default = { pond = true }")
    assert policy("publish", "slow", "--note", "x").splitlines() == [
        "Version 3 of the policy is in force.",
        "note: the draft was based on version 1; `sami policy diff 1 2` tells what it missed.",
    ]


def test_a_check_tells_every_fault_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY.replace("ana = 60", "ana = 70").replace("points = 30", "points = 0"))
    checked = refused("check", str(path))
    assert checked.stdout == ""
    assert checked.stderr.splitlines() == [
        "[[policy.rules]] Texas buyers: to.weights total 110; make them total 100",
        "[[policy.score]] Ready now: points 0 changes no score; write how much more or less such a lead counts",
        "2 faults; it could not be published.",
    ]
    assert [fault["field"] for fault in json.loads(refused("check", str(path), "--json").stdout)["faults"]] == [
        "to.weights",
        "points",
    ]
    path.write_text(POLICY)
    assert policy("check", str(path)) == "It has no fault.\n"
    assert json.loads(policy("check", str(path), "--json")) == {"faults": []}
    assert policy("history") == NEVER


def test_a_wrong_draft_is_kept_told_and_neither_published_nor_tried() -> None:
    kept = sami("policy", "draft", "wrong", "-", given=WRONG)
    fault = '[[policy.rules]] All: to.team "sellers" is not the key of a team; use one of buyers'
    assert (kept.exit_code, kept.stdout) == (0, "Draft wrong is kept.\n")
    assert kept.stderr.splitlines() == [fault, "1 fault; it cannot be published yet."]
    assert refused("publish", "wrong", "--note", "x").stderr.splitlines() == [fault, "1 fault; nothing was published."]
    tried = refused("pilot", "wrong", "--share", "20", "--days", "7")
    assert tried.stderr.splitlines() == [fault, "1 fault; nothing is tried."]
    assert policy("history") == NEVER


UNREADABLE = {
    "no policy": ('rulez = []\nnote = "x"\n', "[policy]: rulez is not a known name; did you mean rules?"),
    "no TOML": ("rules = [\n", "the file is not TOML"),
    "no text": (b"\xff", "the file is not UTF-8 at byte 1; save it as UTF-8"),
}


@pytest.mark.parametrize(("text", "wrong"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_not_kept(text: str | bytes, wrong: str) -> None:
    unread = refused("draft", "odd", "-", given=text)
    assert unread.stderr.splitlines()[0].startswith(wrong)
    assert unread.stderr.splitlines()[-1] == "1 fault; nothing was kept."
    assert policy("drafts") == "There is no draft.\n"


def test_a_pilot_is_begun_compared_and_ended() -> None:
    policy("draft", "fair", "-", given=FAIR)
    begun = policy("pilot", "fair", "--share", "20", "--days", "7")
    assert begun == "Version 1 decides about 20% of the leads until 2026-11-09 15:00 UTC.\n"
    assert policy("history") == (
        "version 1, on trial: 20% of the leads, 2026-11-02 15:00 UTC to 2026-11-09 15:00 UTC, by olive: "
        "Pilot of the draft fair\n"
    )
    with clock.use(lambda: NOW + timedelta(days=1)):
        assert policy("pilot", "--end") == "Version 1 decides about no more leads.\n"
    assert policy("pilot", "--compare", "1").splitlines() == [
        "Version 1, 20% of the leads that came in from 2026-11-02 15:00 UTC to 2026-11-03 15:00 UTC",
        "                             pilot    the rest",
        "leads                            0           0",
        "owned at once                    -           -",
        "answered by a person             -           -",
    ]
    side = {"leads": 0, "owned": 0, "answered": 0, "agents": {}, "owned_share": 0.0, "answered_share": 0.0}
    assert json.loads(policy("pilot", "--compare", "--json")) == {
        "version": 1,
        "share": 20,
        "started_at": "2026-11-02T15:00:00Z",
        "ended_at": "2026-11-03T15:00:00Z",
        "pilot": side,
        "rest": side,
    }


REFUSED = {
    "no such version": (("show", "9"), "There is no such version of the policy. 9 is none of them."),
    "no such draft": (("publish", "x", "--note", "y"), "There is no draft of this name. There is none at all."),
    "nothing to go back to": (("rollback", "3", "--note", "x"), "There is no such version of the policy."),
    "nothing to compare": (("diff", "1"), "There is no such version of the policy."),
    "no pilot to end": (("pilot", "--end"), "No policy is on trial."),
    "no pilot to compare": (("pilot", "--compare"), "No policy is on trial."),
    "a name like a number": (("draft", "12", "-"), "A draft's name is small letters"),
}


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_says_why(arguments: tuple[str, ...], sentence: str) -> None:
    assert str(refused(*arguments, given=FAIR).exception).startswith(sentence)


def test_an_empty_note_is_no_note() -> None:
    policy("draft", "fair", "-", given=FAIR)
    assert str(refused("publish", "fair", "--note", " ").exception).startswith("Publishing a policy needs a note")


WRONG_USAGE = {
    "publishing without a note": ("publish", "fair"),
    "rolling back without a note": ("rollback", "1"),
    "rolling back to a name": ("rollback", "fair", "--note", "x"),
    "a pilot without a share": ("pilot", "fair", "--days", "7"),
    "a pilot without an end": ("pilot", "fair", "--share", "7"),
    "a pilot of no draft": ("pilot", "--share", "7", "--days", "7"),
    "a pilot of no days": ("pilot", "fair", "--share", "7", "--days", "0"),
    "the end of a name": ("pilot", "fair", "--end"),
    "comparing a name": ("pilot", "fair", "--compare"),
    "no such file": ("check", "/nowhere/policy.toml"),
    "no command": ("unpublish", "1"),
}


@pytest.mark.parametrize("arguments", WRONG_USAGE.values(), ids=WRONG_USAGE.keys())
def test_wrong_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    assert sami("policy", *arguments).exit_code == 2


@pytest.mark.parametrize(
    "command", ["show", "history", "draft", "drafts", "diff", "publish", "rollback", "check", "pilot"]
)
def test_every_command_says_what_it_does_in_a_line_that_is_not_cut(command: str) -> None:
    line = next(line for line in policy("--help").splitlines() if line.startswith(f"  {command} "))
    assert line.endswith(".")
    assert not line.endswith("...")
    assert policy(command, "--help").count("\n") > 4
