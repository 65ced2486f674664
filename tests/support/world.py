"""A whole SAMI with a phone network around it, in one thread and in moved time: signed webhooks in, TwiML out.

Every answer is held to `tests.support.twiml_rules` as it is given, and the network must find nothing wrong in the end.
"""

import itertools
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from cadences.beats import BEATS, Beat, Worker, make_worker
from sami import clock
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file
from sami.outbox.delivery import CALL_KINDS, deliver
from sami.settings.loading import Settings
from sami.store import people
from sami.store.deliveries import next_due_at
from sami.views.call_document import why_document
from sami.views.call_story_rows import explain_call
from tests.support.cast import KEYS, LEE, LINE, STAFF_LINE
from tests.support.emptied import empty_tables
from tests.support.rest_client import InProcess
from tests.support.twiml_rules import broken_rules
from webhooks.app import create_app
from webhooks.simulator.behaviours import Behaviour
from webhooks.simulator.client import Answer
from webhooks.simulator.network import Network, SimulatedCall
from webhooks.simulator.people import CallerScript
from webhooks.twilio.background import Background
from webhooks.twilio.edge import TwilioEdge

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago, a working day.
NUDGED_WITHIN_S = 0.05
SPEAKING = tuple(beat for beat in BEATS if beat.name in ("legs", "texts"))
"""The beats that say aloud what was decided; enough for what does not wait for time to pass."""

# What a process read of a published version it keeps by version and instant: no two worlds may share both.
_published = itertools.count(1)


class World:
    """`with World(settings, file) as world:` then phones, calls, and what came of them.

    `forgives` may name "faults" and "double_rings", where a test makes the network find some. A test that waits for
    nothing that beats saves time without `beats`.
    """

    network: Network

    def __init__(
        self,
        settings: Settings,
        organisation: str,
        *,
        at: datetime = MONDAY_10,
        seed: int = 0,
        beats: Iterable[Beat[Worker]] = BEATS,
        forgives: Collection[str] = (),
    ) -> None:
        self.settings = settings
        self.forgives = frozenset(forgives)
        self.broken_rules: list[str] = []
        self._seed, self._beats, self._nudged = seed, tuple(beats), False
        self._stack = ExitStack()
        self._stack.enter_context(clock.use(lambda: self.network.now))
        self.database = Database(settings.database_url)
        carrier = Carrier(settings.twilio, InProcess(lambda: self.network))
        self.worker = make_worker(settings, self.database, carrier)
        self._connect(at)
        self._publish(organisation, at)
        self.app = create_app(settings, legs_sender=self, background=False)
        self.client = self.app.test_client()

    @property
    def edge(self) -> TwilioEdge:
        found: TwilioEdge = self.app.extensions["sami"]
        return found

    @property
    def now(self) -> datetime:
        return self.network.now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._stack.close()
        self.edge.database.close()
        self.database.close()
        if failed is None:
            self.expect_no_faults()

    def start_over(self, organisation: str, *, at: datetime = MONDAY_10) -> None:
        """An empty business and a silent network again, much cheaper than another database and application."""
        self.expect_no_faults()
        self._connect(at)
        with self.database.begin() as db:
            empty_tables(db)
        self._publish(organisation, at)
        Background(self.edge).once()

    # What processes of ours would do beside answering.

    def nudge(self) -> None:
        """What the web process's own thread does at once happens right after the webhook."""
        if not self._nudged:
            self._nudged = True
            self.network.timeline.after(NUDGED_WITHIN_S, self._send_legs)

    def _send_legs(self) -> None:
        self._nudged = False
        deliver(self.worker.delivery, self.now, kinds=CALL_KINDS)
        with self.database.read() as db:
            next_at = next_due_at(db, after=self.now, kinds=CALL_KINDS)
        if next_at is not None:
            self.network.timeline.at(next_at, self._send_legs)

    def _run(self, beat: Beat[Worker]) -> None:
        beat.run(self.worker, self.now)

    # What people do.

    def phone(self, number: str, *behaviours: Behaviour) -> None:
        self.network.add_phone(number, *behaviours)

    def call(self, caller: str = LEE, script: CallerScript | None = None, line: str = LINE) -> SimulatedCall:
        """Place a call and live through all of it, and through the minute after."""
        call = self.network.call(caller, line, script)
        self.network.run()
        self.network.run_for(60)
        return call

    # What was true before, without living through it.

    def set_agent(self, key: str, **values: Any) -> None:
        """Columns of the agent's row."""
        with self.database.begin() as db:
            people.change_agent(db, key=key, values=values)

    def set_calls(self, **values: Any) -> None:
        """What the deployment says of calls: `legs_possible`, `legs_per_second`, `fallback_calls_per_minute`."""
        settings = replace(self.edge.call_settings, **values)
        self.app.extensions["sami"] = replace(self.edge, call_settings=settings)

    def agent(self, key: str) -> Any:
        with self.database.read() as db:
            rows = db.execute(people.agents.select().where(people.agents.c.key == key))
            return rows.one()

    # What came of it.

    def why(self, call: SimulatedCall) -> dict[str, Any]:
        """What `sami why --json` prints."""
        with self.database.read() as db:
            story = explain_call(db, call.sid)
        assert story is not None, "every call is known"
        return why_document(story)

    def expect_no_faults(self) -> None:
        assert self.broken_rules == []
        if "faults" not in self.forgives:
            assert [str(fault) for fault in self.network.faults] == []
        if "double_rings" not in self.forgives:
            # A front desk may be rung for two callers; an agent never is (R8).
            assert [twice for twice in self.network.double_rings if twice.phone in KEYS] == []

    # How it is built.

    def _connect(self, at: datetime) -> None:
        self.network = Network(
            self._post,
            start=at,
            account_sid=self.settings.twilio.account_sid,
            auth_token=self.settings.twilio.auth_tokens[0].get_secret_value(),
            seed=self._seed,
        )
        self._nudged = False
        for beat in self._beats:
            self.network.timeline.every(beat.every_s, partial(self._run, beat))
        for line in (LINE, STAFF_LINE):
            self.network.add_line(
                line,
                self._url("/webhooks/voice"),
                voice_fallback_url=self._url("/webhooks/voice/fallback"),
                status_callback=self._url("/webhooks/voice/status"),
                sms_url=self._url("/webhooks/sms"),
            )

    def _publish(self, organisation: str, at: datetime) -> None:
        published_at = at - timedelta(microseconds=next(_published))
        with self.database.begin() as db:
            apply_file(db, organisation, prune=False, by=person("test"), now=published_at)

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
        if response.status_code == 200:
            self.broken_rules += broken_rules(parts.path, response.get_data(), self.settings.public_url)
        return Answer(response.status_code, response.headers.get("Content-Type", ""), response.get_data())
