"""Who may read the figures: whoever has the token, or this machine itself where there is none (S28)."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from sami import clock
from sami.settings.loading import Settings
from sami.store.heartbeats import note_heartbeat
from webhooks.app import create_app
from webhooks.server.health import FORWARDING

TOKEN = "a-token-of-at-least-32-characters-" + "x" * 8
Open = Callable[..., FlaskClient]


@pytest.fixture
def opened(settings: Settings, sqlite_url: str) -> Iterator[Open]:
    apps = []

    def open_(token: str = "") -> FlaskClient:
        server = settings.server.model_copy(update={"metrics_token": SecretStr(token)})
        app = create_app(settings.model_copy(update={"server": server}), background=False)
        apps.append(app)
        return app.test_client()

    yield open_
    for app in apps:
        app.extensions["sami"].database.close()


@pytest.mark.parametrize(
    ("token", "authorization", "status"),
    [
        pytest.param(TOKEN, f"Bearer {TOKEN}", 200, id="the token"),
        pytest.param(TOKEN, f"Bearer {TOKEN}x", 401, id="another token"),
        pytest.param(TOKEN, "Bearer ", 401, id="an empty token"),
        pytest.param(TOKEN, f"Basic {TOKEN}", 401, id="the token in another way"),
        pytest.param(TOKEN, None, 401, id="none, though asked from this machine"),
        pytest.param("", None, 200, id="none is set, and this machine asks"),
    ],
)
def test_s28_metrics_want_their_token(opened: Open, token: str, authorization: str | None, status: int) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = opened(token).get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("sami_webhook_requests" in answer.text) == (status == 200)


@pytest.mark.parametrize("peer", ["10.0.0.7", "203.0.113.9", "::ffff:10.0.0.7", "", "garbage"])
def test_s28_without_a_token_nobody_else_reads_them(opened: Open, peer: str) -> None:
    assert opened().get("/metrics", environ_overrides={"REMOTE_ADDR": peer}).status_code == 401


@pytest.mark.parametrize("header", FORWARDING)
def test_s28_a_proxy_of_this_machine_is_not_this_machine(opened: Open, header: str) -> None:
    assert opened().get("/metrics", headers={header: "203.0.113.9"}).status_code == 401


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_this_machine(opened: Open, peer: str) -> None:
    assert opened().get("/metrics", environ_overrides={"REMOTE_ADDR": peer}).status_code == 200


def test_whether_it_lives_is_no_secret(opened: Open) -> None:
    assert opened(TOKEN).get("/healthz", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200


@pytest.mark.parametrize(
    ("seen_ago_s", "told"),
    [
        pytest.param(None, ("worker away", "away"), id="there never was one"),
        pytest.param(10, ("ok", "lives"), id="seen ten seconds ago"),
        pytest.param(60, ("worker away", "away"), id="seen a minute ago"),
    ],
)
def test_r27_readiness_knows_whether_a_worker_lives_and_callers_are_answered_all_the_same(
    opened: Open, seen_ago_s: int | None, told: tuple[str, str]
) -> None:
    client = opened()
    if seen_ago_s is not None:
        seen_at = clock.utc_now() - timedelta(seconds=seen_ago_s)
        with client.application.extensions["sami"].database.begin() as db:
            note_heartbeat(db, worker="here:1", release="1", started_at=seen_at, now=seen_at)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json["status"], answer.json["worker"]) == told
    assert (answer.json["worker_seen_at"] is None) is (seen_ago_s is None)
