"""A whole SAMI with a phone network around it, in one thread and in moved time: signed webhooks in, TwiML out."""

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from sami import clock
from sami.explanations import call_document, explain_call
from sami.organisation import apply_file
from sami.settings import Settings
from sami.store.db import Database
from tests.cast import LEE, LINE, STAFF_LINE
from webhooks.app import create_app
from webhooks.edge import Edge
from webhooks.phone_network.client import Answer
from webhooks.phone_network.network import Network, SimulatedCall
from webhooks.phone_network.people import CallerScript
from webhooks.phone_network.phones import Behaviour

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago, a working day.
BEAT_S = 1.0


class World:
    """`with World(settings, file) as world:` then phones, calls, and what came of them."""

    def __init__(self, settings: Settings, organisation: str, *, at: datetime = MONDAY_10, seed: int = 0) -> None:
        self.settings = settings
        self.network = Network(
            self._post,
            start=at,
            account_sid=settings.twilio.account_sid,
            auth_token=settings.twilio.auth_tokens[0].get_secret_value(),
            seed=seed,
        )
        for line in (LINE, STAFF_LINE):
            self.network.add_line(
                line,
                self._url("/webhooks/voice"),
                voice_fallback_url=self._url("/webhooks/voice/fallback"),
                status_callback=self._url("/webhooks/voice/status"),
                sms_url=self._url("/webhooks/sms"),
            )
        self._stack = ExitStack()
        self._stack.enter_context(clock.use(lambda: self.network.now))
        self._nudged = False
        self.database = Database(settings.database_url)
        with self.database.begin() as db:
            apply_file(db, organisation, prune=False, by="test", now=at)
        self.app = create_app(settings, legs_sender=self, background=False)
        self.client = self.app.test_client()

    @property
    def edge(self) -> Edge:
        found: Edge = self.app.extensions["sami"]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self.edge.database.close()
        self.database.close()

    def nudge(self) -> None:
        """What the web process's own thread would do at once happens right after the webhook."""

    def phone(self, number: str, *behaviours: Behaviour) -> None:
        self.network.add_phone(number, *behaviours)

    def call(self, caller: str = LEE, script: CallerScript | None = None, line: str = LINE) -> SimulatedCall:
        """Place a call and live through all of it, and through the minute after."""
        call = self.network.call(caller, line, script)
        self.network.run()
        self.network.run_for(60)
        return call

    def why(self, call: SimulatedCall) -> dict[str, Any]:
        """What `sami why --json` prints."""
        with self.database.read() as db:
            story = explain_call(db, call.sid)
        assert story is not None, "every call is known"
        return call_document(story)

    def _url(self, path: str) -> str:
        return self.settings.public_url + path

    def _post(self, url: str, form: Any, headers: dict[str, str]) -> Answer:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.client.post(
            target,
            data=urlencode(list(form)),
            headers=headers,
            content_type="application/x-www-form-urlencoded",
        )
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.get_data())
