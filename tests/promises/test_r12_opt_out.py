"""R12: opt-out and quiet hours win over everything, also over what is queued already.

Leads in twenty zones, or between two of them, are texted and called for every reason there is, ask to stop in every way
there is, and come back; the clock moves on. What the phone network was asked to carry is held to a model that knows no
rule of ours but this one, and the hour on the wall where each lead lives.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sami.consent import ledger
from sami.consent.outbound_calls import end_outbound_call
from sami.consent.permissions import zones_of
from sami.database.engine import Database
from sami.domain.calls.outbound_calls import OutboundResult
from sami.domain.consent.permission import Channel
from sami.domain.delivery.carrier_words import MessageStatus
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.effects import DoNotContact, Effect, Enrol, PlaceCall, SendText
from sami.domain.outcomes.outcome_actions import CallFacts, consequences
from sami.settings.loading import Settings
from sami.settings.sections import LimitsSettings
from sami.store.cadences import enrolments
from sami.store.consents import changes_of
from sami.store.leads import find_lead, insert_lead
from sami.store.outbound_calls import placed_calls
from sami.texts.delivery import DeliveryReport, note_delivery
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.promises.test_r11_hours import zone_of
from tests.support.cast import OLIVE, organisation
from tests.support.counts import count
from tests.support.services import LINE, NOON, Core, make_network, make_world
from tests.support.signed import publish

STEPS = count(2_000, 50_000) // 2  # On each of the two databases.
ANSWER_WITHIN = timedelta(minutes=5)
WITHOUT_CAPS = LimitsSettings(replies_per_sender=10_000, replies_per_prefix=10_000, replies_overall=10_000)
CADENCE = """
[[cadences]]
key = "nurture"
name = "Nurture"
steps = [{ do = "wait", for = "1 month" }, { do = "text_lead", say = "Hi." }]
"""

# Where each phone may live: an area code that spans two zones keeps to the hours of both. A few live elsewhere than
# their area code says, by their address; those abroad are neither texted nor called.
LIVES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "+12125550142": (("America/New_York",), {}),
    "+13125550142": (("America/Chicago",), {}),
    "+13035550142": (("America/Denver",), {}),
    "+16025550142": (("America/Phoenix",), {}),
    "+12135550142": (("America/Los_Angeles",), {}),
    "+18085550142": (("Pacific/Honolulu",), {}),
    "+13135550142": (("America/Detroit",), {}),
    "+13175550142": (("America/Indiana/Indianapolis",), {}),
    "+19155550142": (("America/Denver",), {}),
    "+12125550143": (("Pacific/Honolulu",), {"state": "HI", "zip": "96813", "country": "US"}),
    "+18085550143": (("America/New_York",), {"state": "NY", "zip": "10001", "country": "US"}),
    "+13125550143": (("America/Los_Angeles",), {"state": "CA", "country": "US"}),
    "+19075550142": (("America/Anchorage", "America/Adak"), {}),
    "+19285550142": (("America/Phoenix", "America/Denver"), {}),
    "+18505550142": (("America/New_York", "America/Chicago"), {}),
    "+12085550142": (("America/Boise", "America/Los_Angeles"), {}),
    "+15415550142": (("America/Los_Angeles", "America/Boise"), {}),
    "+12195550142": (("America/Indiana/Indianapolis", "America/Chicago"), {}),
    "+16055550142": (("America/Chicago", "America/Denver"), {}),
    "+17015550142": (("America/Chicago", "America/Denver"), {}),
    "+17755550142": (("America/Los_Angeles", "America/Denver"), {}),
    "+19065550142": (("America/Detroit", "America/Chicago"), {}),
    "+14235550142": (("America/New_York", "America/Chicago"), {}),
    "+12125550144": (("America/Los_Angeles", "America/Boise"), {"state": "OR", "country": "US"}),
    "+18085550144": (("America/Anchorage", "America/Adak"), {"state": "AK", "country": "US"}),
    "+442079460123": (("Europe/London",), {}),
    "+61212345678": (("Australia/Sydney",), {}),
    "+12045550142": (("America/Winnipeg",), {}),
}
ABROAD = frozenset({"+442079460123", "+61212345678", "+12045550142"})
STOPS = ("STOP", "stopall", "Please remove me from your list", "do not text me", "leave me alone", "unsubscribe me")
CHATTER = ("Hello?", "Is it available?", "no thanks", "stop by at 5", "call me tomorrow at 3", "wrong number", "ok")


@dataclass(frozen=True)
class Wanted:
    """Something of ours that is to reach a lead. `asked_at`: what it answers. `by_person`: one of ours wrote it."""

    phone: str
    asked_at: datetime | None = None
    by_person: bool = False


@dataclass
class Model:
    """What each lead said and when, and nothing of how we keep it. A bar of None is for good."""

    opted_out: dict[str, datetime] = field(default_factory=dict)
    barred: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    later: dict[str, datetime] = field(default_factory=dict)

    def breach(self, wanted: Wanted, channel: str, now: datetime) -> str | None:
        opted_out_at = self.opted_out.get(wanted.phone)
        asked_since = opted_out_at is not None and wanted.asked_at is not None and wanted.asked_at > opted_out_at
        # A call that they asked for themselves since then is no breach; a text always is.
        if opted_out_at is not None and not (channel == "call" and asked_since):
            return "after an opt-out"
        if wanted.by_person:
            return None
        if wanted.phone in ABROAD:
            return "though they live abroad"
        key = (wanted.phone, channel)
        until = self.barred.get(key, now)
        if until is None:
            return "though barred for good"
        if wanted.asked_at is not None and now - wanted.asked_at <= ANSWER_WITHIN:
            return None
        if max(until, self.later.get(wanted.phone, now)) > now:
            return "before its date"
        is_day = all(8 <= now.astimezone(zone).hour < 20 for zone in zones(wanted.phone))
        return None if is_day else "outside permitted hours"


@lru_cache
def zones(phone: str) -> tuple[ZoneInfo, ...]:
    return tuple(map(zone_of, LIVES[phone][0]))


class Story:
    """A business and its leads, drawn step by step; every step may be the last thing that somebody says."""

    def __init__(self, database: Database, settings: Settings, seed: int) -> None:
        self.world: Core = make_world(database, settings, make_network(settings))
        publish(database, organisation() + CADENCE)
        self.chance = random.Random(seed)
        self.model = Model()
        self.wanted: dict[str, Wanted] = {}
        self.seen = self.number = 0
        self.carried: Counter[str] = Counter()
        with database.begin() as db:
            self.leads = {phone: _make_lead(db, phone) for phone in LIVES}

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.number += 1
            phone = self.chance.choice(list(LIVES))
            self.chance.choice(self.chance.choice((WANTS, WANTS, SAYS)))(self, phone)
            self.world.pass_time(self.chance.choice((0, 0, 1, 20, 100, 400, 3_000)))
            self._deliver()

    # What we want to say.

    def want_sorry(self, phone: str) -> None:
        asked_at = self.world.now - timedelta(seconds=self.chance.choice((0, 100, 299, 301, 3_000)))
        self._want_text(phone, asked_at=asked_at)

    def want_workflow_text(self, phone: str) -> None:
        self._want_text(phone)

    def want_cadence_text(self, phone: str) -> None:
        self._apply(Enrol(self.leads[phone], "nurture", person("test"), E164(LINE)))
        of_lead = enrolments.select().where(enrolments.c.lead_id == self.leads[phone]).order_by(enrolments.c.id.desc())
        with self.world.database.read() as db:
            newest = db.execute(of_lead).first()
        if newest is not None:  # Who may not be contacted at all is not enrolled.
            self._want_text(phone, enrolment=newest.id)

    def want_call(self, phone: str) -> None:
        key = f"call/{self.number}"
        asked_at = self.chance.choice((None, None, self.world.now))
        self.wanted[key] = Wanted(phone, asked_at)
        self._apply(PlaceCall(self.leads[phone], E164(phone), E164(LINE), key, asked_at=asked_at))

    def person_writes(self, phone: str) -> None:
        body = f"Hi {self.number}"
        self.wanted[body] = Wanted(phone, by_person=True)
        self._hear(OLIVE, f"{self.leads[phone]} {body}")

    # What they say.

    def ask_to_stop(self, phone: str) -> None:
        body = self.chance.choice(STOPS)
        reply = self._hear(phone, body)
        is_news = phone not in self.model.opted_out and not body.lower().startswith("stop")
        assert (reply is not None) == is_news, f"step {self.number}: {body} was answered {reply}"
        self.model.opted_out.setdefault(phone, self.world.now)

    def come_back(self, phone: str) -> None:
        assert self._hear(phone, self.chance.choice(("START", "Unstop"))) is None
        self.world.network.text(phone, LINE, "START")
        self.model.opted_out.pop(phone, None)

    def chat(self, phone: str) -> None:
        assert self._hear(phone, self.chance.choice(CHATTER)) is None

    def ask_for_a_call(self, phone: str) -> None:
        sid = self.number
        reply = self._hear(phone, "call me now")
        self.wanted[f"call_me/SM{sid}"] = Wanted(phone, self.world.now)
        assert reply is None or phone not in self.model.opted_out

    def opt_out_in_a_call(self, phone: str) -> None:
        facts = CallFacts(
            sid=f"CA{self.number}",
            at=self.world.now,
            arrived_at=self.world.now,
            line=E164(LINE),
            line_name="Website",
            organisation="Harbor Homes",
            queue_due_at=self.world.now,
            caller=E164(phone),
            lead_id=self.leads[phone],
        )
        self._apply(*consequences(Outcome.OPT_OUT, None, facts).fixed)
        with self.world.database.read() as db:
            newest = changes_of(db, phone)[-1]
        said_before = phone in self.model.opted_out or newest.source.startswith(("carrier", "status"))
        assert said_before or newest.source == f"call {facts.sid}", "the ledger names the call"
        self.model.opted_out.setdefault(phone, self.world.now)

    def carrier_says_stop(self, phone: str) -> None:
        report = DeliveryReport(f"SM{self.number}", MessageStatus.FAILED, E164(phone), 21610)
        with self.world.database.begin() as db:
            note_delivery(db, report, self.world.now)
        self.model.opted_out.setdefault(phone, self.world.now)

    def stop_that_we_never_heard(self, phone: str) -> None:
        """Twilio knows; we learn it when it refuses our next text."""
        self.world.network.text(phone, LINE, "STOP")

    def bar(self, phone: str) -> None:
        channel = self.chance.choice(list(Channel))
        until = self.chance.choice((None, self.world.now + timedelta(hours=self.chance.randint(1, 60))))
        with self.world.database.begin() as db:
            ledger.bar(db, phone=E164(phone), channels=(channel,), until=until, source="test", now=self.world.now)
        self.model.barred[phone, channel] = until

    def free(self, phone: str) -> None:
        with self.world.database.begin() as db:
            ledger.free(db, phone=E164(phone), channels=tuple(Channel), source="test", now=self.world.now)
        for channel in Channel:
            self.model.barred.pop((phone, channel), None)

    def contact_later(self, phone: str) -> None:
        until = self.world.now + timedelta(hours=self.chance.randint(1, 40))
        self._apply(DoNotContact(self.leads[phone], until, "asked", person("test")))
        self.model.later[phone] = until

    # How it comes about.

    def _want_text(self, phone: str, **stated: Any) -> None:
        body = f"Text {self.number}"
        self.wanted[body] = Wanted(phone, stated.get("asked_at"))
        lead_id = self.leads[phone]
        self._apply(SendText(E164(phone), E164(LINE), body, f"t/{body}", lead_id=lead_id, for_lead=True, **stated))

    def _apply(self, *effects: Effect) -> None:
        self.world.want(*effects)

    def _hear(self, sender: str, body: str) -> str | None:
        text = InboundText(f"SM{self.number}", E164(sender), E164(LINE), body)
        with self.world.database.begin() as db:
            return receive_text(db, text, WITHOUT_CAPS, self.world.now)

    def _deliver(self) -> None:
        self.world.deliver(limit=200)
        requests = self.world.network.rest.requests
        for request in requests[self.seen :]:
            self._look_at(request)
        self.seen = len(requests)
        self._end_calls()

    def _look_at(self, request: Any) -> None:
        form, now = dict(request.form), self.world.now
        phone = form.get("To", "")
        if request.method != "POST" or phone not in LIVES:
            return
        is_text = request.path.endswith("/Messages.json")
        if request.status == 201:
            wanted = self.wanted[form["Body"]] if is_text else self._call_wanted(phone)
            breach = self.model.breach(wanted, "text" if is_text else "call", now)
            assert breach is None, f"step {self.number}: {phone} at {now} {breach}: {form} {wanted}"
            self.carried["text" if is_text else "call"] += 1
            self.carried["by a person"] += wanted.by_person
        elif is_text:
            self.model.opted_out.setdefault(phone, self.world.now)
            self.carried["refused"] += 1

    def _call_wanted(self, phone: str) -> Wanted:
        placed = placed_calls.select().where(placed_calls.c.phone == phone, placed_calls.c.state == "placed")
        with self.world.database.read() as db:
            return self.wanted[db.execute(placed).one().dedupe_key]

    def _end_calls(self) -> None:
        with self.world.database.begin() as db:
            for row in db.execute(placed_calls.select().where(placed_calls.c.state == "placed")).all():
                end_outbound_call(db, row, OutboundResult.NO_ANSWER, self.world.now)


Act = Callable[[Story, str], None]
WANTS: tuple[Act, ...] = (
    *(Story.want_sorry, Story.want_workflow_text, Story.want_cadence_text, Story.want_call, Story.person_writes),
)
SAYS: tuple[Act, ...] = (
    *(Story.ask_to_stop, Story.opt_out_in_a_call, Story.carrier_says_stop, Story.stop_that_we_never_heard),
    *(Story.stop_that_we_never_heard, Story.chat, Story.ask_for_a_call, Story.contact_later),
    *(Story.bar, Story.free, Story.free, Story.free),
    *[Story.come_back] * 9,
)


def _make_lead(db: Any, phone: str) -> int:
    known = {"phone": phone, "name": "Lee Ortiz", "unowned_reason": "nobody was there", "attributes": {}}
    made = insert_lead(db, **known, **LIVES[phone][1], pond_since=NOON, created_at=NOON)
    assert made is not None, "every phone is another's"
    return made


@pytest.mark.timeout(count(120, 3_600))
def test_r12_nothing_reaches_who_asked_to_stop_nor_anybody_at_night(database: Database, settings: Settings) -> None:
    story = Story(database, settings, seed=12)
    story.live(STEPS)
    carried = story.carried
    assert min(carried["text"], carried["call"]) > STEPS / 50, carried
    assert min(carried["refused"], carried["by a person"]) > STEPS / 250, carried


def test_r12_every_lead_is_held_to_the_hours_of_where_they_live(database: Database) -> None:
    publish(database, organisation())
    assert len({LIVES[phone][0] for phone in LIVES}) >= 20
    with database.begin() as db:
        for phone in LIVES:
            lead = find_lead(db, _make_lead(db, phone))
            assert set(zones_of(db, lead, E164(phone), NOON)) == set(LIVES[phone][0]), phone


def test_r12_the_model_knows_the_hour_on_the_wall() -> None:
    text = Wanted("+12125550142")
    for hour, breach in (
        (12, "outside permitted hours"),
        (13, None),
        (23, None),
        (0, None),
        (1, "outside permitted hours"),
    ):
        at = datetime(2026, 1, 5, hour, 59 if hour == 12 else 0, tzinfo=UTC)
        assert Model().breach(text, "text", at) == breach, hour
