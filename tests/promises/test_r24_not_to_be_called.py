"""R24: nobody of ours is asked to contact who asked not to be contacted, whatever was asked of them before.

R12's world with people at work: calls are missed, leads come in and are not answered, tasks fall due and are chased,
notices wait for the morning; and leads say in every way there is that they want no more of it. What was texted to staff
is held to a model that knows only who said so, and when.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from cadences.sweeps.sla import notice_breaches
from cadences.sweeps.tasks import look_after_tasks
from sami.apply import apply
from sami.calls import inbound
from sami.calls.inbound import Arrival, DialReport
from sami.calls.transaction import CallSettings
from sami.consent import ledger
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.delivery.carrier_words import CallStatus, MessageStatus
from sami.domain.language.actor import POLICY, person
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.messages.notices import Quiet, Wishes
from sami.domain.outcomes.effects import AssignOwner, CreateTask, DoNotContact, Effect, SendText
from sami.domain.outcomes.outcome_actions import CallFacts, consequences
from sami.leads.clocks import start_sla
from sami.outcomes.recording import Report, report_outcome
from sami.settings.loading import Settings
from sami.store import calls
from sami.store.leads import insert_lead, update_lead
from sami.store.notices import save_wishes
from sami.store.people import find_agents
from sami.store.work import outbox_items, tasks
from sami.texts.delivery import DeliveryReport, note_delivery
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.promises.test_r12_opt_out import WITHOUT_CAPS
from tests.support.cast import ANA, BEN, DEE, OLIVE, STAFF_LINE, agent, olive, organisation
from tests.support.counts import count
from tests.support.services import LINE, Core, make_network, make_world
from tests.support.signed import publish

STEPS = count(1_000, 50_000) // 2  # On each of the two databases.
FILE = organisation(
    agents=[agent("ana"), agent("ben"), agent("dee", role="manager", calls=False, leads=False), olive()]
)
STAFF = frozenset({ANA, BEN, DEE, OLIVE})
NAMES = {f"+1512555{number:04d}": f"Lee Number{number}" for number in range(200, 230)}
ASKS = re.compile(
    r"please call|call back|to be answered|follow up with|call .*, as asked|please try again", re.IGNORECASE
)
STOPS = ("STOP", "Please remove me from your list", "leave me alone", "please stop calling me")
RESULTS = (Outcome.OPT_OUT, Outcome.NOT_INTERESTED, Outcome.BAD_NUMBER, Outcome.UNQUALIFIED)


@dataclass
class Model:
    """`barred`: who asked for no contact, or for no calls. `ended`: when there was last nothing more to call for."""

    barred: set[str] = field(default_factory=set)
    ended: dict[str, datetime] = field(default_factory=dict)

    def breach(self, phone: str, body: str, asked_at: datetime) -> str | None:
        if not ASKS.search(body) or "do not call" in body:
            return None
        if phone in self.barred:
            return "who asked not to be contacted"
        ended_at = self.ended.get(phone)
        return "for whom nothing more is to be done" if ended_at is not None and asked_at < ended_at else None


class Story:
    """A business at work, drawn step by step."""

    def __init__(self, database: Database, settings: Settings, seed: int) -> None:
        self.world: Core = make_world(database, settings, make_network(settings))
        self.world.network.add_line(STAFF_LINE, "https://calls.example.com/webhooks/voice")
        publish(database, FILE)
        self.chance = random.Random(seed)
        self.model = Model()
        self.number = self.seen = 0
        self.last_call: dict[str, str] = {}
        self.told: Counter[str] = Counter()
        with database.begin() as db:
            self.ana = find_agents(db, keys=("ana",))[0].id
            self.leads = {phone: self._make_lead(db, phone) for phone in NAMES}
            save_wishes(db, self.ana, Wishes(quiet=Quiet(time(20), time(8))), at=self.world.now)

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.number += 1
            phone = self.chance.choice(list(NAMES))
            self.chance.choice(self.chance.choice((WORK, WORK, WORK, SAYS)))(self, phone)
            self.world.pass_time(self.chance.choice((0, 1, 60, 400, 3_000)))
            look_after_tasks(self.world.database, self.world.now)
            notice_breaches(self.world.database, self.world.now)
            self._deliver()

    # What there is to do.

    def miss_a_call(self, phone: str) -> None:
        sid = f"CA{self.number}"
        with self.world.database.begin() as db:
            inbound.begin_call(db, Arrival(sid, E164(LINE), E164(phone)), CallSettings(), self.world.now)
        self.world.pass_time(5)
        with self.world.database.begin() as db:
            call = calls.find_call(db, sid)
            assert call is not None
            turn = calls.attempts_of(db, call.id)[-1].turn
            left = DialReport(False, CallStatus.CANCELED, caller_left=True)
            inbound.end_dial(db, sid, turn, left, CallSettings(), self.world.now)
            inbound.end_call(db, sid, CallSettings(), self.world.now)
        self.last_call[phone] = sid

    def come_in(self, phone: str) -> None:
        """As if anew: the clock of the first response runs."""
        with self.world.database.begin() as db:
            update_lead(db, self.leads[phone], sla_state=None, sla_due_at=None, responded_at=None)
            start_sla(db, lead_id=self.leads[phone], policy=None, source="", now=self.world.now)

    def have_a_task(self, phone: str) -> None:
        due_at = self.world.now + timedelta(minutes=self.chance.choice((5, 60, 2_000)))
        title = f"Call {NAMES[phone]}, as asked"
        self._apply(CreateTask(f"t/{self.number}", title, self.ana, due_at, self.leads[phone], asks_contact=True))

    def be_told_later(self, phone: str) -> None:
        body = f"Please call {NAMES[phone]} ({self.number})."
        known = {"lead_id": self.leads[phone], "agent_id": self.ana, "can_wait": True, "asks_contact": True}
        if phone not in self.model.barred:
            self._apply(SendText(E164(ANA), E164(LINE), body, f"n/{self.number}", **known))

    # What they say.

    def ask_to_stop(self, phone: str) -> None:
        self._hear(phone, self.chance.choice(STOPS))
        self._bar(phone)

    def opt_out_in_a_call(self, phone: str) -> None:
        now = self.world.now
        facts = CallFacts(
            *(f"CA{self.number}", now, now, E164(LINE), "Website", "Harbor Homes", now),
            caller=E164(phone),
            lead_id=self.leads[phone],
        )
        self._apply(*consequences(Outcome.OPT_OUT, None, facts).fixed)
        self._bar(phone)

    def carrier_says_stop(self, phone: str) -> None:
        with self.world.database.begin() as db:
            note_delivery(
                db, DeliveryReport(f"SM{self.number}", MessageStatus.FAILED, E164(phone), 21610), self.world.now
            )
        self._bar(phone)

    def be_barred(self, phone: str) -> None:
        if self.chance.random() < 0.5:
            self._apply(DoNotContact(self.leads[phone], None, "asked", person("test")))
        else:
            with self.world.database.begin() as db:
                channels = (Channel.CALL,)
                ledger.bar(db, phone=E164(phone), channels=channels, until=None, source="test", now=self.world.now)
        self._bar(phone)

    def be_reported(self, phone: str) -> None:
        sid = self.last_call.get(phone)
        if sid is None:
            return
        outcome = self.chance.choice(RESULTS)
        with self.world.database.begin() as db:
            call = calls.lock_call(db, sid)
            assert call is not None
            report_outcome(db, call, Report(outcome, person("agent ana")), self.world.now)
        self.model.ended[phone] = self.world.now
        if outcome is Outcome.OPT_OUT:
            self._bar(phone)

    def come_back(self, phone: str) -> None:
        self._hear(phone, "START")
        with self.world.database.begin() as db:
            ledger.free(db, phone=E164(phone), channels=tuple(Channel), source="test", now=self.world.now)
            update_lead(db, self.leads[phone], do_not_contact_until=None)
        self.model.barred.discard(phone)

    # How it comes about.

    def _bar(self, phone: str) -> None:
        self.model.barred.add(phone)
        self.model.ended[phone] = self.world.now

    def _apply(self, *effects: Effect) -> None:
        self.world.want(*effects)

    def _hear(self, sender: str, body: str) -> None:
        with self.world.database.begin() as db:
            text = InboundText(f"SM{self.number}", E164(sender), E164(LINE), body)
            receive_text(db, text, WITHOUT_CAPS, self.world.now)

    def _make_lead(self, db: Any, phone: str) -> int:
        known = {"phone": phone, "name": NAMES[phone], "unowned_reason": "nobody was there", "attributes": {}}
        made = insert_lead(db, **known, pond_since=self.world.now, created_at=self.world.now)
        assert made is not None, "every phone is another's"
        apply(db, [AssignOwner(made, None, self.ana, "round robin", POLICY)], self.world.now)
        return made

    def _deliver(self) -> None:
        self.world.deliver(limit=200)
        requests = self.world.network.rest.requests
        for request in requests[self.seen :]:
            if request.method == "POST" and request.status == 201 and request.path.endswith("/Messages.json"):
                self._look_at(dict(request.form))
        self.seen = len(requests)

    def _look_at(self, form: dict[str, str]) -> None:
        if form["To"] not in STAFF:
            return
        for sentence in form["Body"].split("\n"):
            phone = next((phone for phone, name in NAMES.items() if re.search(rf"{name}\b", sentence)), None)
            if phone is not None:
                asked_at = self._written_at(sentence.strip())
                breach = self.model.breach(phone, sentence, asked_at)
                assert breach is None, f"step {self.number}, {self.world.now}: asked to call {breach}: {sentence}"
                self.told["asks" if ASKS.search(sentence) else "says"] += 1
                self.told["do not call"] += "do not call" in sentence

    def _written_at(self, body: str) -> datetime:
        """When this was said first: the item of its own, or the one that it was said together with."""
        with self.world.database.read() as db:
            rows = db.execute(outbox_items.select().order_by(outbox_items.c.id.desc())).all()
        return next(row.created_at for row in rows if body[:60] in str(row.payload.get("body", "")))

    def open_tasks(self, phone: str) -> list[str]:
        with self.world.database.read() as db:
            mine = tasks.c.lead_id == self.leads[phone], tasks.c.state == "open"
            return [row.title for row in db.execute(tasks.select().where(*mine))]


Act = Callable[[Story, str], None]
WORK: tuple[Act, ...] = (Story.miss_a_call, Story.come_in, Story.have_a_task, Story.be_told_later)
SAYS: tuple[Act, ...] = (
    *(Story.ask_to_stop, Story.opt_out_in_a_call, Story.carrier_says_stop, Story.be_barred, Story.be_reported),
    *[Story.come_back] * 6,
)


@pytest.mark.timeout(count(180, 3_600))
def test_r24_nobody_is_asked_to_call_who_asked_not_to_be_called(database: Database, settings: Settings) -> None:
    story = Story(database, settings, seed=24)
    story.live(STEPS)
    assert story.told["asks"] > STEPS / 10, story.told
    assert story.told["do not call"] > STEPS / 200, story.told
    for phone in story.model.barred:
        assert story.open_tasks(phone) == []
