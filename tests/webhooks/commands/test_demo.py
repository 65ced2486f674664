"""`sami demo` as somebody would start it: real processes, real time, calls placed through the page's own door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from sami.settings.loading import Settings
from tests.support.demo_process import DemoProcess, sami
from webhooks.cli import commands
from webhooks.commands.demo.start import BesideRealToken, refuse_real_tokens


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProcess]:
    with DemoProcess(tmp_path_factory.mktemp("demo")) as process:
        yield process


# --- Four ways a call may go.


def test_the_assigned_agent_answers(running: DemoProcess) -> None:
    told = running.call({"ana": "answers"})
    assert told["outcome"] == "successful_transfer"
    assert rung(told) == [("ana", "accepted")]


def test_the_assigned_agent_passes_and_the_group_takes_it(running: DemoProcess) -> None:
    told = running.call({"ana": "passes", "ben": "answers", "cleo": "busy", "dev": "busy", "olive": "busy"})
    assert told["outcome"] == "successful_transfer"
    assert rung(told)[0] == ("ana", "declined")
    assert ("ben", "accepted") in rung(told)


def test_everybodys_voicemail_picks_up_and_the_fallback_answers(running: DemoProcess) -> None:
    habits = {"cleo": "voicemail", "night-manager": "answers"}
    sid = running.place(habits, lead="Aisha Kim", line="Past clients")
    running.until(lambda: running.phone("cleo")["state"] == "talking")
    running.act("/phones", phone="cleo", do="hang_up")  # Before ten seconds without a key are over.
    told = running.why(sid)
    assert told["outcome"] == "successful_transfer"
    assert rung(told) == [("cleo", "unknown"), (None, "accepted")]


def test_nobody_at_all_is_one_task_and_a_text_to_the_caller(running: DemoProcess) -> None:
    told = running.call(dict.fromkeys(running.phones(), "busy"), lead="James Silva", line="Past clients")
    assert told["outcome"] == "missed_transfer"
    assert [task["owner"] for task in told["tasks"]] == ["ben"]
    assert running.lead("James Silva") in {text["to"] for text in told["texts"]}


def rung(told: dict[str, Any]) -> list[tuple[str | None, str]]:
    return [(attempt["agent"], attempt["ended"]) for attempt in told["attempts"]]


# --- What stands around it.


def test_the_front_door_leads_to_the_phones(running: DemoProcess) -> None:
    answer = requests.get(running.url, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sim")


def test_why_beside_a_running_demo_asks_the_demo(running: DemoProcess) -> None:
    if running.look()["call"] is None:
        running.call({"ana": "answers"})
    told = sami("why", running.directory, SAMI_SERVER__PORT=str(running.port))
    assert told.returncode == 0, told.stderr
    assert " called " in told.stdout.splitlines()[0], "the demo's newest call"


def test_s28_its_files_are_readable_by_us_alone(running: DemoProcess) -> None:
    found = [running.data, *running.data.rglob("*")]
    assert {"sami.db", "safety_net.json", "metrics"} <= {path.name for path in found}
    open_to_others = [str(path) for path in found if path.stat().st_mode & 0o077]
    assert open_to_others == []


# --- What else a hand can do.


def test_a_text_switches_an_agent_on(running: DemoProcess) -> None:
    assert running.phone("ema")["duty"]["state"] == "off"
    running.act("/phones", phone="ema", do="text", words="ON")
    running.until(lambda: running.phone("ema")["duty"]["state"] == "on")
    assert [text["mine"] for text in running.phone("ema")["texts"]] == [True, False]


def test_the_clock_moves_for_the_phones_and_for_sami(running: DemoProcess) -> None:
    before = running.look()["time"]
    running.act("/clock", to="morning")
    assert running.look()["time"] != before
    assert ", 10:00 AM" in running.look()["time"]


def test_without_its_database_the_fallback_is_rung_from_memory(running: DemoProcess) -> None:
    running.act("/faults", database="away")
    try:
        assert running.look()["database"] == "away"
        running.act("/phones", phone="front-desk", do="behave", habit="answers")
        running.act("/calls", caller=running.lead("Maria Ortiz"), line=running.line("Website"), by_itself="yes")
        running.until(lambda: running.phone("front-desk")["state"] == "talking")
        running.act("/caller", do="hang_up")
        running.until(lambda: not running.look()["call"]["is_live"])
    finally:
        running.act("/faults", database="answers")
    running.until(lambda: running.look()["database"] == "answers")


def test_an_unchanged_state_is_not_sent_again(running: DemoProcess) -> None:
    tag = ""
    for _ in range(20):  # The demo goes on: a state may change between two looks, but not between all of them.
        seen = requests.get(f"{running.url}/sim/state", headers={"If-None-Match": tag}, timeout=10)
        if seen.status_code == 304:
            break
        tag = seen.headers["ETag"]
    assert (seen.status_code, seen.content) == (304, b"")


# --- Who may do it.


@pytest.mark.parametrize(
    ("headers", "refused_with"),
    [
        pytest.param({"Origin": "https://evil.example"}, 403, id="another site"),
        pytest.param({}, 403, id="no origin at all"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": "{here}"}, 403, id="a browser that says cross-site"),
        pytest.param({"Origin": "{here}", "Content-Type": "text/plain"}, 415, id="a form that pretends to be text"),
        pytest.param({"Origin": "http://evil.example", "Host": "evil.example"}, 403, id="a name that leads here"),
    ],
)
def test_s09_nobody_else_acts(running: DemoProcess, headers: dict[str, str], refused_with: int) -> None:
    sent = {"Content-Type": "application/json"} | {n: v.format(here=running.url) for n, v in headers.items()}
    answer = requests.post(f"{running.url}/sim/stories", data='{"story": "answered"}', headers=sent, timeout=10)
    assert answer.status_code == refused_with


def test_s09_another_name_for_this_machine_reads_nothing(running: DemoProcess) -> None:
    answer = requests.get(f"{running.url}/sim/state", headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 403


def test_s19_the_page_runs_nothing_but_its_own_script(running: DemoProcess) -> None:
    policy = requests.get(f"{running.url}/sim", timeout=10).headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_a_busy_port_is_a_sentence(running: DemoProcess, tmp_path: Path) -> None:
    refused = sami("demo", tmp_path, SAMI_SERVER__PORT=str(running.port))
    assert refused.returncode == 1
    assert "listens on the demo's port" in refused.stderr


# --- Beside what it never runs, and how it begins again.


@pytest.mark.parametrize(
    "configured",
    [
        pytest.param({"SAMI_TWILIO__AUTH_TOKENS": '["a-real-one"]'}, id="a token"),
        pytest.param({"SAMI_TWILIO__ACCOUNT_SID": "AC" + "1" * 32}, id="an account"),
        pytest.param({"SAMI_TWILIO__AUTH_TOKENS": '["x"]', "SAMI_DEMO_TOKEN": "x"}, id="a token said to be its own"),
    ],
)
def test_s23_the_demo_refuses_to_start_beside_a_real_token(tmp_path: Path, configured: dict[str, str]) -> None:
    directory = tmp_path / "var"
    refused = CliRunner().invoke(commands, ["demo"], env={"SAMI_SERVER__DATA_DIR": str(directory), **configured})
    assert isinstance(refused.exception, BesideRealToken)
    assert not directory.exists()


def test_s23_a_serving_child_takes_no_token_but_the_one_made_for_it() -> None:
    real = Settings.model_validate({"twilio": {"account_sid": "AC" + "1" * 32, "auth_tokens": ["a-real-one"]}})
    with pytest.raises(BesideRealToken):
        refuse_real_tokens(real, "the-demos-own")
    with pytest.raises(BesideRealToken):
        refuse_real_tokens(real, None)
