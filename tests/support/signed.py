"""Requests signed as Twilio signs them, to the application as it is served and without any thread of ours."""

import itertools
from datetime import UTC, datetime, timedelta

from werkzeug.test import TestResponse

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file
from sami.settings.loading import Settings
from webhooks.app import create_app
from webhooks.simulator.signing import sign

_published = itertools.count()


class SignedClient:
    """`with SignedClient(settings) as twilio: twilio.post("/webhooks/sms", From=..., ...)`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = create_app(settings, background=False)
        self._client = self.app.test_client()

    def __enter__(self) -> "SignedClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.app.extensions["sami"].database.close()

    def post(self, path: str, *, token: str | None = None, **fields: str) -> TestResponse:
        """`token`: sign with this one instead of the account's."""
        form = {"AccountSid": self.settings.twilio.account_sid, **fields}
        secret = token or self.settings.twilio.auth_tokens[0].get_secret_value()
        signature = sign(secret, self.settings.public_url + path, form.items())
        return self._client.post(path, data=form, headers={"X-Twilio-Signature": signature})


def publish(database: Database, organisation: str) -> None:
    """Put the file in force, at an instant of its own: a process knows a version by its number and its instant."""
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=next(_published))
    with database.begin(30) as db:
        apply_file(db, organisation, prune=False, by=person("test"), now=at)
