"""Every outcome, for every way a bot is set and every way a lead stands: the exact tasks, notices, texts and ends.

`outcome_table.txt` has a row for each: what came of the call, the bot, the lead, and all that became true.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from sqlalchemy import Connection

from sami.apply import apply
from sami.calls import endings, inbound
from sami.calls.inbound import Arrival
from sami.calls.transaction import CallSettings, save
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import POLICY, person
from sami.domain.language.phone import E164
from sami.domain.leads.outcome import Outcome
from sami.domain.outcomes.effects import AssignOwner, Enrol, OptOut
from sami.outcomes.recording import Report, report_outcome
from sami.store import calls, leads, texts
from sami.store.cadences import enrolments
from sami.store.facts import read_roster
from sami.store.notices import notices, subscriptions
from sami.store.outbound_calls import placed_calls
from sami.store.people import agents
from sami.store.work import outbox_items, tasks
from tests.support.cast import KEYS, agent, olive, organisation
from tests.support.signed import publish

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)  # 10:00 in Chicago.
FRIDAY_3 = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
TABLE = Path(__file__).with_name("outcome_table.txt")
LINES = {
    "default": "+15125550110",
    "nothing": "+15125550111",
    "hands over": "+15125550112",
    "tells all": "+15125550113",
}
SETTINGS = CallSettings()
SUBSCRIPTION = {
    "ref": "everything",
    "url": "https://example.com/hooks",
    "secret": "whsec_c2VjcmV0",
    "events": ["notice"],
    "active": True,
    "why": "",
    "created_at": MONDAY_10,
}

HANDS_OVER = [
    {"do": "notify", "who": "owner", "by": ["text", "app"]},
    {"do": "task", "title": "Meet {lead.first_name}", "due": "2 hours"},
    {"do": "assign_to", "agent": "ben"},
]
TELLS_ALL = [
    {"do": "notify", "who": "managers", "by": ["email", "slack", "webhook"]},
    {"do": "text_lead", "say": "Hello {lead.first_name}."},
    {"do": "add_tag", "tag": "called"},
    {"do": "enrol", "cadence": "again"},
]


def business() -> str:
    """Ana works from nine to six, Ben always, and neither is given new leads; Olive owns the account."""
    people = [
        agent("ana", hours="Mo-Fr 09:00-18:00", leads=False),
        agent("ben", leads=False),
        olive(email="olive@example.com"),
    ]
    document = tomlkit.parse(organisation(agents=people)).unwrap()
    written: dict[str, list[dict[str, Any]] | None] = {
        "default": None,
        "nothing": [],
        "hands over": HANDS_OVER,
        "tells all": TELLS_ALL,
    }
    document["lines"] = [{"phone": phone, "name": "Website", "bot": _key(name)} for name, phone in LINES.items()]
    document["lines"][0]["staff"] = True
    document["bots"] = [_bot(name, actions) for name, actions in written.items()]
    text = {"do": "text_lead", "say": "Hi."}
    document["cadences"] = [
        {"key": key, "name": key.title(), "steps": [{"do": "wait", "for": "1 day"}, text]} for key in ("first", "again")
    ]
    return tomlkit.dumps(document)


def _bot(name: str, actions: list[dict[str, Any]] | None) -> dict[str, Any]:
    outcomes = {} if actions is None else {"outcomes": {each.value: {"actions": actions} for each in Outcome}}
    return {"key": _key(name), "greeting": "Hello.", **outcomes}


def _key(name: str) -> str:
    return name.replace(" ", "-")


class Desk:
    """One row after the other in one database: a lead of its own, a call of its own, and what became true."""

    def __init__(self, database: Database) -> None:
        publish(database, business())
        self.database = database
        self.numbers = iter(range(1000, 10_000))
        with database.begin() as db:
            db.execute(subscriptions.insert().values(**SUBSCRIPTION))
            self.ids = {row.key: row.id for row in db.execute(agents.select())}
        self.keys = {agent_id: key for key, agent_id in self.ids.items()}

    def play(self, came: str, bot: str, stands: str) -> str:
        number = next(self.numbers)
        phone, sid = E164(f"+1512556{number}"), f"CA{number}"
        with self.database.begin(30) as db:
            lead_id = None if stands == "withheld" else self._lead(db, phone, stands)
        before = self._counts()
        with self.database.begin(30) as db:
            CAME[came](self, db, Arrival(sid, E164(LINES[bot]), None if lead_id is None else phone))
        with self.database.read() as db:
            return ", ".join(self._became(db, lead_id, phone, before)) or "nothing"

    def _lead(self, db: Connection, phone: E164, stands: str) -> int:
        values = {"phone": phone, "name": "Maria Ortiz", "attributes": {}, "created_at": MONDAY_10, "source": "Website"}
        lead_id = leads.insert_lead(
            db, **values, stage="CONTACTING", unowned_reason="nobody was there", may_be_assigned=False
        )
        assert lead_id is not None
        if stands != "unowned":
            apply(db, [AssignOwner(lead_id, None, self.ids["ana"], "round robin", POLICY)], MONDAY_10)
        apply(db, [Enrol(lead_id, "first", person("workflow intake"))], MONDAY_10)
        if stands == "opted out":
            apply(db, [OptOut(phone, "text SM1")], MONDAY_10)
        return lead_id

    def _counts(self) -> dict[str, int]:
        with self.database.read() as db:
            return {
                table.name: max((row.id for row in db.execute(table.select())), default=0)
                for table in (tasks, outbox_items, notices, placed_calls, leads.timeline)
            }

    def _became(self, db: Connection, lead_id: int | None, phone: E164, before: dict[str, int]) -> Iterator[str]:
        def fresh(table: Any) -> list[Any]:
            made = table.select().where(table.c.id > before[table.name]).order_by(table.c.id)
            return list(db.execute(made))

        for task in fresh(tasks):
            yield f"task {self._owner(task.owner_id)} {_due(task.due_at)} ({task.title})"
        for item in fresh(outbox_items):
            yield self._said(item)
        yield from (f"app {self.keys[row.agent_id]}" for row in fresh(notices))
        yield from (f"calls {'back' if row.agent_first else 'lead'}" for row in fresh(placed_calls))
        if lead_id is not None:
            yield from self._of_the_lead(db, lead_id, phone)

    def _said(self, item: Any) -> str:
        match item.kind:
            case "text":
                return f"text {KEYS.get(item.payload['to'], 'lead')}"
            case "email":
                return f"email {self.keys[item.payload['agent_id']]}"
            case kind:
                return str(kind)

    def _of_the_lead(self, db: Connection, lead_id: int, phone: E164) -> Iterator[str]:
        lead = leads.find_lead(db, lead_id)
        assert lead is not None
        yield f"owner {self._owner(lead.owner_id)}"
        if lead.stage != "CONTACTING":
            yield str(lead.stage)
        yield from (f"tag {tag}" for tag in lead.tags)
        for row in db.execute(enrolments.select().where(enrolments.c.lead_id == lead_id)):
            until = "" if row.paused_until is None else f" {_due(row.paused_until)}"
            yield f"{row.cadence} {row.state}{until}"
        if lead.do_not_contact_until is not None:
            yield f"not before {_due(lead.do_not_contact_until)}"
        if texts.consent_of(db, phone) == "opted_out":
            yield "opted out"
        if texts.is_bad_number(db, phone):
            yield "bad number"
        for channel in Channel:
            assert texts.barred_until(db, phone=phone, channel=channel) is None

    def _owner(self, agent_id: int | None) -> str:
        return "nobody" if agent_id is None else self.keys[agent_id]


def _due(at: datetime) -> str:
    if at == FRIDAY_3:
        return "Fri 3pm"
    return f"+{(at - MONDAY_10) // timedelta(minutes=1)}m"


def _seen(outcome: Outcome, **said: Any) -> Callable[[Desk, Connection, Arrival], None]:
    def come(desk: Desk, db: Connection, arrival: Arrival) -> None:
        call = inbound.open_call(db, arrival, SETTINGS, MONDAY_10)
        call.roster = read_roster(db, call.directory, MONDAY_10)
        stated = {name: desk.ids["ben"] if name == "answered_by" else value for name, value in said.items()}
        endings.conclude(db, call, outcome, MONDAY_10, **stated)
        save(db, call, MONDAY_10)

    return come


def _reported(outcome: Outcome, later_at: datetime | None = None) -> Callable[[Desk, Connection, Arrival], None]:
    """Of a call in which nothing was wanted, as an agent says afterwards."""

    def come(_desk: Desk, db: Connection, arrival: Arrival) -> None:
        call = inbound.open_call(db, arrival, SETTINGS, MONDAY_10)
        call.change(ended_at=MONDAY_10)
        save(db, call, MONDAY_10)
        row = calls.lock_call(db, arrival.sid)
        assert row is not None
        report_outcome(db, row, Report(outcome, person("agent ana"), "", later_at), MONDAY_10)

    return come


CAME: dict[str, Callable[[Desk, Connection, Arrival], None]] = {
    "answered by Ben": _seen(Outcome.SUCCESSFUL_TRANSFER, answered_by="ben", answered_name="Ben Okafor"),
    "missed": _seen(Outcome.MISSED_TRANSFER),
    "message left": _seen(Outcome.NEEDS_FOLLOW_UP),
    "call back wanted": _seen(Outcome.CONTACT_LATER, call_back=True),
    "opt-out by key": _seen(Outcome.OPT_OUT),
    "follow up, Friday": _reported(Outcome.NEEDS_FOLLOW_UP, FRIDAY_3),
    "later, Friday": _reported(Outcome.CONTACT_LATER, FRIDAY_3),
    "later": _reported(Outcome.CONTACT_LATER),
    "never again": _reported(Outcome.OPT_OUT),
    "not interested": _reported(Outcome.NOT_INTERESTED),
    "unqualified": _reported(Outcome.UNQUALIFIED),
    "wrong number": _reported(Outcome.BAD_NUMBER),
}
STANDS = ("owned by Ana", "unowned", "opted out", "withheld")
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.read_text().splitlines() if "|" in line]


def test_the_table_has_a_row_for_every_outcome_bot_and_lead() -> None:
    assert {tuple(row[:3]) for row in ROWS} == {(c, b, s) for c in CAME for b in LINES for s in STANDS}
    assert len(ROWS) == len(CAME) * len(LINES) * len(STANDS) >= 120


@pytest.mark.timeout(120)
def test_each_outcome_makes_exactly_this_true(database: Database) -> None:
    desk = Desk(database)
    wrong = [
        f"{came} | {bot} | {stands}: {became}, not {expected}"
        for came, bot, stands, expected in ROWS
        if (became := desk.play(came, bot, stands)) != expected
    ]
    assert wrong == []
