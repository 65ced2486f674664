"""A request that is not obeyed leaves a trace by its cause, and `sami doctor` says what to do about it."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from werkzeug.test import TestResponse

from sami import clock
from sami.database.engine import Database
from sami.domain.access.refused_webhooks import EXPLAINED, RefusedBecause
from sami.settings.loading import Settings
from sami.store.refused_webhooks import forget_refusals, refusals_since, refused_webhooks
from tests.support.cast import LEE, LINE, organisation
from tests.support.signed import publish
from webhooks.app import create_app
from webhooks.cli import commands
from webhooks.simulator.signing import Form, Hash, sign
from webhooks.twilio.background import Background

NOW = datetime(2026, 11, 16, 16, 20, tzinfo=UTC)
PUBLIC = "https://calls.example.com"
TOKEN, ACCOUNT = "a-made-up-token", "AC" + "0" * 32
KEY, SECRET = "webhooks_sharedkey_7f3a", "the secret of a shared key"
BY_KEY = f"key={KEY},algorithm=HMAC_SHA256"
ARRIVAL: Form = [
    ("AccountSid", ACCOUNT),
    ("CallSid", "CA" + "1" * 32),
    ("CallStatus", "ringing"),
    ("From", LEE),
    ("To", LINE),
]


class Web:
    """One web process; its background thread looks when it is told to."""

    def __init__(self, settings: Settings) -> None:
        self.now = NOW
        self.app = create_app(settings, background=False)
        self.edge = self.app.extensions["sami"]

    def post(
        self,
        form: Form = ARRIVAL,
        *,
        signed_for: str = PUBLIC,
        secret: str = TOKEN,
        hashed_with: Hash = "sha1",
        shared: str | None = None,
        signature: str | None = None,
        **more: Any,
    ) -> TestResponse:
        made = sign(secret, f"{signed_for}/webhooks/voice", form, hashed_with=hashed_with)
        headers = {"X-Twilio-Signature": made if signature is None else signature}
        if shared is not None:
            headers["X-Twilio-Webhooks-Signature-Settings"] = shared
        more = {"data": urlencode(form), "content_type": "application/x-www-form-urlencoded"} | more
        return self.app.test_client().post("/webhooks/voice", headers=headers, **more)

    def look(self) -> None:
        Background(self.edge).once()


@pytest.fixture
def web(settings: Settings, database: Database) -> Iterator[Web]:
    publish(database, organisation())
    twilio = settings.twilio.model_copy(update={"shared_keys": {KEY: SecretStr(SECRET)}})
    made = Web(settings.model_copy(update={"twilio": twilio}))
    with clock.use(lambda: made.now):
        yield made
    made.edge.database.close()


@pytest.fixture
def doctor(settings: Settings, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Callable[[], list[Any]]:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)

    def ask() -> list[Any]:
        told = CliRunner().invoke(commands, ["doctor", "--json"])
        return [check for check in json.loads(told.stdout)["checks"] if check["name"] == "webhooks"]

    return ask


def test_a_webhook_signed_with_a_shared_key_is_obeyed(web: Web) -> None:
    assert web.post(secret=SECRET, hashed_with="sha256", shared=BY_KEY).status_code == 200
    assert web.post(shared=None).status_code == 200, "and one signed with the account's token as well"


Case = Callable[[Web], TestResponse]

CASES: list[tuple[str, RefusedBecause, Case]] = [
    ("no signature", RefusedBecause.NO_SIGNATURE, lambda web: web.post(signature="")),
    ("another token", RefusedBecause.WRONG_SIGNATURE, lambda web: web.post(secret="of another account")),
    ("http in Twilio, https here", RefusedBecause.WRONG_ADDRESS, lambda web: web.post(signed_for=f"http{PUBLIC[5:]}")),
    (
        "the proxy's name in Twilio",
        RefusedBecause.WRONG_ADDRESS,
        lambda web: web.post(signed_for="https://sami.example.net", base_url="https://sami.example.net"),
    ),
    (
        "another account, its own token configured",
        RefusedBecause.WRONG_ACCOUNT,
        lambda web: web.post([("AccountSid", "AC" + "9" * 32), *ARRIVAL[1:]]),
    ),
    ("no account", RefusedBecause.WRONG_ACCOUNT, lambda web: web.post(ARRIVAL[1:])),
    (
        "a shared key nobody configured",
        RefusedBecause.UNKNOWN_KEY,
        lambda web: web.post(
            secret=SECRET, hashed_with="sha256", shared="key=webhooks_sharedkey_0,algorithm=HMAC_SHA256"
        ),
    ),
    (
        "an algorithm nobody knows",
        RefusedBecause.UNKNOWN_ALGORITHM,
        lambda web: web.post(secret=SECRET, hashed_with="sha256", shared=f"key={KEY},algorithm=HMAC_MD5"),
    ),
    (
        "a shared key with the old algorithm",
        RefusedBecause.UNKNOWN_ALGORITHM,
        lambda web: web.post(secret=SECRET, shared=f"key={KEY},algorithm=HMAC_SHA1"),
    ),
    ("settings that say nothing", RefusedBecause.UNKNOWN_ALGORITHM, lambda web: web.post(shared="?;,=")),
    (
        "a shared key's secret used as a token",
        RefusedBecause.WRONG_SIGNATURE,
        lambda web: web.post(secret=SECRET, hashed_with="sha256"),
    ),
    (
        "the token used as a shared key",
        RefusedBecause.WRONG_SIGNATURE,
        lambda web: web.post(hashed_with="sha256", shared=BY_KEY),
    ),
    ("JSON", RefusedBecause.NOT_A_FORM, lambda web: web.post(data="{}", content_type="application/json")),
    ("a call without a call", RefusedBecause.MISSING_FIELD, lambda web: web.post(ARRIVAL[:1] + ARRIVAL[2:])),
]


@pytest.mark.parametrize(("because", "asked"), [pytest.param(case[1], case[2], id=case[0]) for case in CASES])
def test_a_refused_webhook_is_counted_by_its_cause_and_doctor_says_what_to_do(
    web: Web, database: Database, doctor: Callable[[], list[Any]], because: RefusedBecause, asked: Case
) -> None:
    assert asked(web).status_code == 403
    assert asked(web).status_code == 403
    web.look()
    (check,) = doctor()
    words, remedy = EXPLAINED[because]
    assert check["sentence"].startswith(f"2 webhook(s) of the last day {words}.")
    assert f"checked against {PUBLIC}/webhooks/voice" in check["sentence"]
    assert check["remedy"] == remedy
    assert check["level"] == ("advice" if because is RefusedBecause.NO_SIGNATURE else "wrong")


def test_every_cause_is_explained_with_a_remedy() -> None:
    assert set(EXPLAINED) == set(RefusedBecause)
    assert {case[1] for case in CASES} == set(RefusedBecause)


def test_refusals_are_advice_once_a_genuine_request_has_come(web: Web, doctor: Callable[[], list[Any]]) -> None:
    web.post(secret="a stranger's")
    web.now += timedelta(seconds=5)
    assert web.post().status_code == 200
    web.look()
    (check,) = doctor()
    assert check["level"] == "advice"
    assert check["sentence"].endswith("Genuine ones have been accepted since.")


def test_without_refusals_doctor_says_so(web: Web, doctor: Callable[[], list[Any]]) -> None:
    web.look()
    (check,) = doctor()
    assert check["level"] == "ok"


def test_refusals_are_logged_once_a_minute_with_the_address_that_was_checked(
    web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    def lines() -> list[dict[str, Any]]:
        told = (record.msg for record in caplog.records)
        return [line for line in told if isinstance(line, dict) and line["event"] == "A webhook was refused."]

    for _ in range(50):
        web.post(secret="a stranger's")
    assert [line["checked_against"] for line in lines()] == [f"{PUBLIC}/webhooks/voice"]
    web.now += timedelta(minutes=1)
    web.post(secret="a stranger's")
    assert [line["more_since_last_said"] for line in lines()] == [0, 49]


def test_what_could_not_be_written_is_written_later_and_adds_up(web: Web, database: Database) -> None:
    web.post(secret="a stranger's")
    kept = web.edge.refused.take()
    web.edge.refused.give_back(kept)
    web.post(secret="a stranger's")
    web.look()
    web.post(secret="a stranger's")
    web.look()
    with database.read() as db:
        (row,) = refusals_since(db, NOW - timedelta(days=1))
    assert (row.cause, row.times) == ("wrong_signature", 3)


def test_old_refusals_are_forgotten(web: Web, database: Database) -> None:
    web.post(secret="a stranger's")
    web.look()
    with database.begin() as db:
        assert forget_refusals(db, before=NOW) == 0
        assert forget_refusals(db, before=NOW + timedelta(seconds=1)) == 1
        assert not db.execute(refused_webhooks.select()).all()
