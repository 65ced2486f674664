"""A signed request of our own is answered with a proof; any other is refused, and neither leaves a trace."""

from collections.abc import Iterator

import pytest

from sami.domain.access.canary import NONCE, PATH, proof, signature
from sami.settings.loading import Settings
from tests.support.signed import SignedClient

TOKEN = "a-made-up-token"


@pytest.fixture
def twilio(settings: Settings) -> Iterator[SignedClient]:
    with SignedClient(settings) as client:
        yield client


def test_our_signature_is_twilios(settings: Settings, twilio: SignedClient) -> None:
    url, fields = settings.public_url + PATH, {"AccountSid": settings.twilio.account_sid, NONCE: "7"}
    by_us = twilio.app.test_client().post(
        PATH, data=fields, headers={"X-Twilio-Signature": signature(url, fields, TOKEN)}
    )
    assert (by_us.status_code, by_us.text) == (200, proof("7", TOKEN))
    assert twilio.post(PATH, **{NONCE: "7"}).text == by_us.text
    assert proof("7", "another") != by_us.text


@pytest.mark.parametrize(
    ("token", "fields"),
    [
        pytest.param("another", {NONCE: "7"}, id="another token"),
        pytest.param(None, {NONCE: "7", "AccountSid": "AC" + "9" * 32}, id="another account"),
        pytest.param(None, {}, id="nothing to prove"),
    ],
)
def test_s01_whatever_else_comes_is_refused_and_not_counted(
    twilio: SignedClient, token: str | None, fields: dict[str, str]
) -> None:
    assert twilio.post(PATH, token=token, **fields).status_code == 403
    assert twilio.app.test_client().post(PATH, data={NONCE: "7"}).status_code == 403
    assert twilio.app.test_client().post(PATH, json={NONCE: "7"}).status_code == 403
    assert twilio.app.test_client().get(PATH).status_code == 405
    assert twilio.app.extensions["sami"].refused.take() == []
