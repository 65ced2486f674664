"""`sami webhooks`, `sami notices`, and what the doctor says of mail and Slack."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami.apply import apply
from sami.domain.outcomes.effects import Announce, TellInApp
from sami.outbox.delivery import deliver
from tests.notices.mail_server import MailServer
from tests.notices.receiver import Receiver
from tests.support.services import Core
from webhooks.cli import commands

Sami = Callable[..., Result]


@pytest.fixture
def sami(world: Core, database_url: str, hooks: Receiver, monkeypatch: pytest.MonkeyPatch) -> Sami:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    monkeypatch.setenv("SAMI_NOTICES__ALLOW_HOSTS", json.dumps([hooks.place]))
    return lambda *arguments: CliRunner().invoke(commands, list(arguments))


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_webhook_is_added_heard_logged_and_replayed(world: Core, hooks: Receiver, sami: Sami) -> None:
    added = sami("webhooks", "add", hooks.url, "--event", "notice")
    assert added.exit_code == 0, added.output
    hooks.secret = added.stdout.strip()
    (listed,) = document(sami("webhooks", "list", "--json"))["webhooks"]
    assert (listed["url"], listed["events"], listed["active"]) == (hooks.url, ["notice"], True)
    with world.database.begin() as db:
        apply(db, [Announce("notice", {"n": 1}, "n/1")], world.now)
    for _ in range(2):
        deliver(world.here, world.now)
    assert (len(hooks.heard), hooks.forged) == (1, 0)
    (tried,) = document(sami("webhooks", "log", listed["id"], "--json"))["tries"]
    assert (tried["event"], tried["status"], tried["state"], tried["id"]) == ("notice", 204, "sent", hooks.ids[0])
    assert "answered 204" in sami("webhooks", "log").stdout
    assert "1 sent" in sami("webhooks", "list").stdout
    again = sami("webhooks", "replay", listed["id"], "--delivery", str(tried["delivery"]))
    assert (again.exit_code, again.stdout) == (0, "1 delivery is sent again.\n")
    assert sami("webhooks", "replay", listed["id"], "--failed-since", "2026-01-01").stdout.startswith("0 deliveries")
    said = "".join(sami("webhooks", *words).output for words in (["list"], ["list", "--json"], ["log", "--json"]))
    assert hooks.secret not in said


def test_a_webhook_is_disabled_and_enabled(hooks: Receiver, sami: Sami) -> None:
    ref = document(sami("webhooks", "add", hooks.url, "--json"))["id"]
    assert sami("webhooks", "disable", ref, "--why", "moved").stdout == f"{ref} is disabled.\n"
    assert sami("webhooks", "disable", ref).stdout == f"{ref} was disabled already.\n"
    assert "every event; disabled: moved; nothing yet" in sami("webhooks", "list").stdout
    assert sami("webhooks", "enable", ref).stdout == f"{ref} is enabled.\n"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(["add", "http://127.0.0.1:1/"], 1, id="an inside address"),
        pytest.param(["add", "https://crm.example.com/", "--event", "lead.gone"], 1, id="no event of ours"),
        pytest.param(["disable", "nobody"], 1, id="nobody to disable"),
        pytest.param(["log", "nobody"], 1, id="nobody's log"),
        pytest.param(["replay", "nobody"], 2, id="nothing said to replay"),
        pytest.param(["replay", "nobody", "--failed-since", "yesterday"], 2, id="no instant"),
    ],
)
def test_what_cannot_be_is_refused(sami: Sami, words: list[str], status: int) -> None:
    assert sami("webhooks", *words).exit_code == status


def test_notices_are_shown_until_they_are_read(world: Core, sami: Sami) -> None:
    assert sami("notices").stdout == "There is nothing to read.\n"
    world.want(TellInApp(world.agent("ana").id, "Ben answered\x1b[31m Lee.", "n/app"))
    (told,) = document(sami("notices", "ana", "--json"))["notices"]
    assert (told["agent"], told["body"], told["read_at"]) == ("ana", "Ben answered\x1b[31m Lee.", None)
    assert "ana: Ben answered [31m Lee." in sami("notices").stdout
    assert sami("notices", "max").exit_code == 1


def checks(sami: Sami) -> dict[str, Any]:
    return {check["name"]: check for check in json.loads(sami("doctor", "--json").stdout)["checks"]}


def test_the_doctor_asks_the_mail_server_and_looks_at_slacks_address(
    sami: Sami, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {"mail", "slack"} & set(checks(sami)) == set()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(mails.port), "SECURITY": "none"}.items():
        monkeypatch.setenv(f"SAMI_MAIL__{name}", value)
    monkeypatch.setenv("SAMI_MAIL__FROM_ADDRESS", "sami@example.com")
    monkeypatch.setenv("SAMI_NOTICES__SLACK_URL", "http://hooks.slack.com/services/T0/B0/secret")
    found = checks(sami)
    assert (found["mail"]["ok"], found["slack"]["ok"]) == (True, False)
    assert found["slack"]["sentence"] == "notices.slack_url is not https."
    monkeypatch.setenv("SAMI_MAIL__SECURITY", "starttls")
    assert checks(sami)["mail"]["sentence"] == "mail: the mail server offers no STARTTLS or no login."
    assert mails.taken == []
