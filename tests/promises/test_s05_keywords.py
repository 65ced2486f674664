"""S5: a text can only switch the sender's own availability, held to a model that reads no text.

Each text is made from what it is meant to mean, so the model knows the meaning without parsing anything.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import pytest

from sami import clock
from sami.database.engine import Database
from sami.settings.loading import Settings
from sami.store.leads import leads
from sami.store.people import agents, change_agent
from sami.store.texts import consents, texts
from sami.store.work import outbox_items
from tests.domain.messages.test_staff_keywords import vary
from tests.support.cast import ANA, BEN, CY, LEE, LINE, OLIVE, PHONES, STAFF_LINE, STRANGER, agent, olive, organisation
from tests.support.counts import count
from tests.support.make import AT as FROM
from tests.support.signed import SignedClient, publish

TEXTS = count(300, 5_000)
SEED = 5
STEP_MAX_S = 1_500  # So that the longest run ends before the clocks of Chicago change in March.
CHICAGO = timezone(timedelta(hours=-6))
REPLIES_MAX, REPLIES_TO_STAFF_MAX, REPLIES_WITHIN = 5, 30, timedelta(minutes=10)
GSM = frozenset(" !\"#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

PHONES_OF_STRANGERS = (LEE, STRANGER, "+442079460123")
STOPS_IN_WORDS = ("please stop", "STOP IT")
STRANGERS = (*PHONES_OF_STRANGERS, "anonymous", "22395", "+266696687", "client:ana")
PEOPLE = (ANA, ANA, BEN, BEN, CY, OLIVE, *STRANGERS, LINE)
FILE = organisation(agents=[agent("ana", hours="Mo-Fr 09:00-18:00"), agent("ben"), agent("cy", calls=False), olive()])

STOPS = ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
STARTS, HELPS = ("START", "YES", "UNSTOP"), ("HELP", "INFO")
QUESTIONS = {
    "STATUS": ("ON", "OFF"),
    "WHY": ("No recent call",),
    "NEXT": ("Your shifts", "You have no set hours"),
    "TASKS": ("You have no open tasks",),
    "WORDS": ("ON, OFF",),
    "DONE 12": ("You have no open task T12",),
    "TAKE 12": ("There is no lead L12",),
}
NONSENSE = (
    *("", "hello", "OFF BEN", "BEN OFF", "OFF ana 30", f"OFF {BEN}", "LEADS OFF BEN", "ON ON", "ON; OFF", "STATUS ben"),
    *(
        "OFF TIL SOMEDAY",
        "OFF 0",
        "OFF 8D",
        "OFF -5",
        "OFF 1e9",
        "DONE",
        "TAKE x",
        "O N",
        "0N",
        "ОN",
        "please stop",
        "STOP IT",
    ),
    *(
        "'; UPDATE agent SET calls_on = false; --",
        "{}",
        "%s",
        "<Response/>",
        "😀",
        "漢字",
        "\x00",
        "\u202eNO",
        "x" * 1600,
    ),
)


@dataclass(frozen=True)
class Meaning:
    """`kind` is what the sender wants; `off_for` or `off_until` (hour, minute) say how long."""

    kind: str
    body: str
    off_for: timedelta | None = None
    off_until: tuple[int, int] | None = None


@dataclass
class Model:
    """What must be true of every agent, whatever was texted so far."""

    rows: dict[str, dict[str, Any]]
    consent: dict[str, str] = field(default_factory=dict)
    replied: list[tuple[str, datetime]] = field(default_factory=list)
    notices: int = 0
    leads: set[str] = field(default_factory=set)

    def hear(self, sender: str, line: str, meant: Meaning, now: datetime) -> tuple[str, ...] | None:
        """How the reply may begin; None where there must be none."""
        if sender == LINE:
            return None
        key = next((key for key, phone in PHONES.items() if phone == sender), None)
        if meant.kind in ("stop", "start", "help"):
            self._hear_consent(key, sender, meant.kind)
            return None
        if key is None and meant.body in STOPS_IN_WORDS and sender in PHONES_OF_STRANGERS:
            return self._stop_in_words(sender, now)
        if key is None:
            self.leads |= {sender} if sender in PHONES_OF_STRANGERS else set()
            return None
        begins = ("This number does not take staff texts",)
        if line == STAFF_LINE:
            begins = self._obey(key, meant, now)
        if self.consent.get(sender) == "opted_out" or self._replies(sender, now) >= REPLIES_TO_STAFF_MAX:
            return None
        self.replied.append((sender, now))
        return begins

    def _stop_in_words(self, sender: str, now: datetime) -> tuple[str, ...] | None:
        """A customer may ask to stop in any words, and is told once; an agent's are no word of ours."""
        was_out = self.consent.get(sender) == "opted_out"
        self.consent[sender] = "opted_out"
        if was_out or self._replies(sender, now) >= REPLIES_MAX:
            return None
        self.replied.append((sender, now))
        return ("You are opted out",)

    def _hear_consent(self, key: str | None, sender: str, kind: str) -> None:
        is_phone = key is not None or sender in PHONES_OF_STRANGERS
        if kind != "help" and is_phone:
            self.consent[sender] = "opted_out" if kind == "stop" else "opted_in"
        if kind == "stop" and key is not None:
            told = key != "olive" and not self.rows[key]["opted_out"]
            self.notices += told
            self.rows[key].update(calls_on=False, calls_off_until=None, opted_out=True, misses=0)

    def _obey(self, key: str, meant: Meaning, now: datetime) -> tuple[str, ...]:
        row = self.rows[key]
        row["misses"] = row["misses"] if meant.kind == "nonsense" else 0
        match meant.kind:
            case "on":
                row.update(calls_on=True, calls_off_until=None, opted_out=False, resting_until=None, resting_why=None)
                return ("You are ON",)
            case "off":
                until = off_until(key, meant, now)
                is_plain = meant.off_for is None and meant.off_until is None
                if not (is_plain and is_off_for_longer(row, until, now)):
                    row.update(calls_on=False, calls_off_until=until)
                until = row["calls_off_until"]
                if row["opted_out"] or until is None:
                    return ("You are OFF until you text ON.",)
                return (f"You are OFF {told(until, now)}.",)
            case "leads on" | "leads off":
                row.update(leads_on=meant.kind == "leads on", leads_off_until=None)
                return (f"New leads are {meant.kind.removeprefix('leads ').upper()} for you",)
            case "ready":
                row.update(resting_until=None, resting_why=None)
                return ("You are ready", "Your rest is over, but")
            case "question":
                return QUESTIONS[meant.body]
            case _:
                return ("Not understood.",)

    def _replies(self, sender: str, now: datetime) -> int:
        return sum(phone == sender and at > now - REPLIES_WITHIN for phone, at in self.replied)


def is_off_for_longer(row: dict[str, Any], until: datetime, now: datetime) -> bool:
    """A plain OFF never shortens an off that ends later, or has no end."""
    ends = row["calls_off_until"]
    is_off = row["opted_out"] or (not row["calls_on"] and (ends is None or ends > now))
    return is_off and (ends is None or ends > until)


def off_until(key: str, meant: Meaning, now: datetime) -> datetime:
    """Ana's next shift is a working day's at nine, today's too before nine; the others' is tomorrow at eight."""
    if meant.off_for is not None:
        return now + meant.off_for
    local = now.astimezone(CHICAGO)
    if meant.off_until is not None:
        at = local.replace(hour=meant.off_until[0], minute=meant.off_until[1], second=0, microsecond=0)
        return (at if at > local else at + timedelta(days=1)).astimezone(UTC)
    day = local.replace(hour=9 if key == "ana" else 8, minute=0, second=0, microsecond=0)
    if key != "ana" or day <= local:
        day += timedelta(days=1)
    while key == "ana" and day.weekday() > 4:
        day += timedelta(days=1)
    return day.astimezone(UTC)


def told(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(CHICAGO), now.astimezone(CHICAGO).date()
    said = local.strftime("%I:%M %p").lstrip("0")
    days = (local.date() - today).days
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        local -= timedelta(days=1)
        if days == 1:
            return "through today"
        return f"through {local:%a}" if days <= 7 else f"through {local:%a} {local:%b} {local.day}"
    if days == 0:
        return f"until {said}"
    return f"until {local:%a} {said}" if days < 7 else f"until {local:%a} {local:%b} {local.day} {said}"


def any_meaning(chance: random.Random) -> Meaning:
    """A meaning with the plainest text that says it."""
    kind = chance.choice(("on", "off", "off", "off for", "off til", "leads on", "leads off", "ready", "question",
                          "question", "question", "nonsense", "nonsense", "consent"))  # fmt: skip
    match kind:
        case "off for":
            minutes, hours = chance.randint(1, 10_080), chance.randint(1, 168)
            by_minutes = Meaning("off", f"OFF {minutes}", off_for=timedelta(minutes=minutes))
            return chance.choice((by_minutes, Meaning("off", f"OFF {hours}H", off_for=timedelta(hours=hours))))
        case "off til":
            hour, minute = chance.randint(0, 23), chance.randint(0, 59)
            said = f"{(hour - 1) % 12 + 1}:{minute:02d}{'AM' if hour < 12 else 'PM'}"
            return Meaning("off", f"OFF TIL {said}", off_until=(hour, minute))
        case "question":
            return Meaning("question", chance.choice(list(QUESTIONS)))
        case "nonsense":
            return Meaning("nonsense", chance.choice(NONSENSE))
        case "consent":
            words = {"stop": STOPS, "start": STARTS, "help": HELPS}
            which = chance.choice(("stop", "start", "start", "help"))
            return Meaning(which, chance.choice(words[which]))
        case _:
            return Meaning(kind, kind.upper())


def written(chance: random.Random, meant: Meaning) -> str:
    """As people write it; nonsense stays as it is, or another case could make sense of it."""
    return meant.body if meant.kind == "nonsense" else vary(chance, meant.body)


@pytest.fixture
def twilio(settings: Settings, database: Database) -> Iterator[SignedClient]:
    publish(database, FILE)
    with SignedClient(settings) as client:
        yield client


@pytest.mark.timeout(900)
def test_s05_a_text_switches_the_senders_own_row_and_nothing_else(twilio: SignedClient, database: Database) -> None:
    chance = random.Random(SEED)
    now = FROM
    model = Model(rows=stored(database))
    with clock.use(lambda: now):
        for number in range(TEXTS):
            now += timedelta(seconds=chance.choice((0, 5, 30, chance.randint(1, STEP_MAX_S))))
            if chance.random() < 0.1:
                tire(chance, database, model, now)
            sender, line, meant = (
                chance.choice(PEOPLE),
                chance.choice((STAFF_LINE, STAFF_LINE, LINE)),
                any_meaning(chance),
            )
            body = written(chance, meant)
            scene = f"text {number}: {sender} to {line}: {body!r}"
            heard = replace(meant, kind="stop") if chance.random() < 0.02 else meant
            opt_out = {"OptOutType": "STOP"} if heard is not meant else {}
            begins = model.hear(sender, line, heard, now)
            for _ in range(1 + (chance.random() < 0.05)):
                assert_begins(text(twilio, number, sender, line, body, opt_out), begins, scene)
            assert stored(database) == model.rows, scene
    assert_nothing_else(database, model)


def text(twilio: SignedClient, number: int, sender: str, line: str, body: str, more: dict[str, str]) -> list[str]:
    form = {"MessageSid": f"SM{number}", "From": sender, "To": line, "Body": body, **more}
    answer = twilio.post("/webhooks/sms", **form)
    assert answer.status_code == 200
    return [message.text or "" for message in ElementTree.fromstring(answer.text)]  # noqa: S314 - we wrote it.


def assert_begins(replies: list[str], begins: tuple[str, ...] | None, scene: str) -> None:
    if begins is None:
        assert replies == [], scene
        return
    [reply] = replies
    assert reply.startswith(begins), f"{scene}: {reply}"
    assert len(reply) <= (320 if reply.endswith("WORDS") else 160), f"{scene}: {reply}"
    assert set(reply) <= GSM, f"{scene}: {reply}"


def assert_nothing_else(database: Database, model: Model) -> None:
    """Each text is kept once, nobody became a lead who is none, and what waits to be sent goes to staff only."""
    with database.read() as db:
        kept = list(db.execute(texts.select()))
        assert sum(row.direction == "in" for row in kept) == TEXTS
        assert sum(row.direction == "out" for row in kept) == len(model.replied)
        assert {row.phone for row in db.execute(leads.select())} == model.leads
        assert {row.phone: row.state for row in db.execute(consents.select())} == model.consent
        items = list(db.execute(outbox_items.select()))
    assert {item.payload["to"] for item in items} <= set(PHONES.values())
    assert sum(item.dedupe_key.startswith("stop/") for item in items) == model.notices


def tire(chance: random.Random, database: Database, model: Model, now: datetime) -> None:
    """Calls have left their traces on somebody."""
    key = chance.choice(("ana", "ben", "cy"))
    values = {"misses": chance.randint(0, 2), "resting_until": now + timedelta(minutes=chance.randint(1, 30))}
    values |= {"resting_why": chance.choice(("wrap_up", "busy", "rang_out", "paused"))}
    with database.begin() as db:
        change_agent(db, key=key, values=values)
    model.rows[key] |= values


def stored(database: Database) -> dict[str, dict[str, Any]]:
    """Every column of every agent."""
    with database.read() as db:
        return {row.key: dict(row._mapping) for row in db.execute(agents.select())}
