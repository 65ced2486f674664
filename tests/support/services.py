"""The phone network's REST behind our own door, in one process, and calls that wait in it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from sami.apply import apply
from sami.calls.deployment import delivery_of
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.domain.calls.states import CallProgress, CallState
from sami.domain.calls.stored import write_progress
from sami.domain.language.actor import person
from sami.domain.outcomes.effects import Effect, RingLeg
from sami.organisation.applying import apply_file
from sami.outbox.delivery import deliver
from sami.outbox.in_doubt import look_up_lost
from sami.outbox.items import Delivery
from sami.settings.loading import Settings
from sami.store import calls
from sami.store.people import agents
from sami.store.texts import texts
from sami.store.work import outbox_items
from tests.support import SUPPORT
from tests.support.rest_client import InProcess
from webhooks.simulator.network import Network

NOON = datetime(2026, 3, 3, 18, 0, tzinfo=UTC)  # A Tuesday in Chicago; the Monday is a holiday in Texas.
LINE, CALLER, ANA, BEN = "+15125550100", "+15125550199", "+15125550101", "+15125550102"
ORGANISATION = (SUPPORT / "organisation.toml").read_text()


@dataclass
class Core:
    """Our side and theirs, and the time both have."""

    database: Database
    network: Network
    here: Delivery
    now: datetime = NOON
    refs: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def want(self, *effects: Effect) -> None:
        with self.database.begin() as db:
            apply(db, effects, self.now)

    def deliver(self, **options: Any) -> int:
        return deliver(self.here, self.now, **options)

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.network.run(self.now)

    def live(self, seconds: float, step_s: float = 1.0) -> None:
        """Both beats, again and again."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.deliver()
            look_up_lost(self.here, self.now)
            self.pass_time(step_s)

    def items(self, kind: str | None = None) -> list[Row[Any]]:
        with self.database.read() as db:
            rows = db.execute(outbox_items.select().order_by(outbox_items.c.id))
            return [row for row in rows if kind in (None, row.kind)]

    @property
    def item(self) -> Row[Any]:
        (only,) = self.items()
        return only

    def rows(self, table: Any) -> list[Row[Any]]:
        with self.database.read() as db:
            return list(db.execute(table.select()))

    @property
    def text_rows(self) -> list[Row[Any]]:
        return self.rows(texts)

    def agent(self, key: str) -> Row[Any]:
        with self.database.read() as db:
            return db.execute(agents.select().where(agents.c.key == key)).one()

    def attempt(self, ref: str) -> Row[Any]:
        with self.database.read() as db:
            found = calls.find_attempt(db, ref)
        assert found is not None
        return found

    def wait_in_queue(self, sid: str, *phones: str, **call: Any) -> list[str]:
        """A caller waits while these phones are to ring; the references of the attempts."""
        refs = [f"{next(self.refs):016x}" for _ in phones]
        progress = CallProgress(
            CallState.QUEUED,
            turn=1,
            started_at=self.now,
            round=tuple(refs),
            round_at=self.now,
            round_ends_at=self.now + timedelta(seconds=20),
        )
        values = {"line": LINE, "bot": "main", "caller": CALLER, "state": "queued", "arrived_at": self.now}
        values |= {"version": 1, "transfer_at": self.now, "progress": write_progress(progress)}
        with self.database.begin() as db:
            by_phone = {row.phone: row.id for row in db.execute(agents.select())}
            call_id = calls.insert_call(db, sid=sid, **{**values, **call})
            shared = {"call_id": call_id, "turn": 1, "stage": "group", "way": "queue", "offered_at": self.now}
            rows = [
                {**shared, "ref": ref, "phone": phone, "agent_id": by_phone.get(phone)}
                for ref, phone in zip(refs, phones, strict=True)
            ]
            if rows:
                calls.insert_attempts(db, rows)
        return refs

    def leg(self, sid: str, ref: str, phone: str, **changes: Any) -> RingLeg:
        values = {"timeout_s": 15, "due_at": self.now, "gives_up_at": self.now + timedelta(seconds=20)}
        return RingLeg(ref, sid, phone, LINE, **{**values, **changes})  # type: ignore[arg-type]


def make_world(database: Database, settings: Settings, network: Network) -> Core:
    network.add_line(LINE, "https://calls.example.com/webhooks/voice")
    with database.begin() as db:
        apply_file(db, ORGANISATION, prune=False, by=person("test"), now=NOON)
    carrier = Carrier(settings.twilio, http=InProcess(lambda: network))
    return Core(database, network, delivery_of(settings, database, carrier))


def make_network(settings: Settings) -> Network:
    token = settings.twilio.auth_tokens[0].get_secret_value()
    return Network(_patience, start=NOON, account_sid=settings.twilio.account_sid, auth_token=token, seed=1)


def _patience(url: str, form: object, headers: object) -> Any:
    from webhooks.simulator.client import Answer

    return Answer(200, "text/xml", b"<Response>" + b'<Pause length="600"/>' * 30 + b"</Response>")
