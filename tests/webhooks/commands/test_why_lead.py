"""`sami why LEAD` at the shell: who owns it, by which rule, who does not and why, and what happened since."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import NewLead
from sami.leads.breaches import breach
from sami.leads.clocks import note_response
from sami.leads.intake import receive_lead
from sami.leads.owners import reassign
from sami.store.leads import ownerships
from sami.store.policies import policy_versions
from sami.workers.intake import prepare_lead
from tests.support.cast import LEE
from tests.support.leading import HOUR, MINUTE, MONDAY_10, Business, team
from webhooks.cli import commands
from webhooks.commands.leads.find_lead import NoSuchLead

POLICY = {
    "rules": [
        {"name": "Sellers", "when": {"type": ["seller"]}, "to": {"agent": "dee"}},
        {"name": "Texas", "when": {"state": ["TX"]}, "to": {"agents": ["ana", "ben", "cy"]}},
    ]
}


@pytest.fixture
def business(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Business:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    business = Business(database, team(cy={"leads": False}))
    row = {"kind": "published", "document": POLICY, "note": "", "share": 100, "published_by": "olive"}
    at = {"effective_at": MONDAY_10 - HOUR, "published_at": MONDAY_10}
    business.do(lambda db: db.execute(policy_versions.insert().values(**row, **at)))
    return business


def receive(business: Business, **said: Any) -> int:
    new = NewLead(**{"name": "Lee Ortiz", "phone": LEE, "source": "Zillow", "type": "buyer", "state": "TX"} | said)
    prepared = prepare_lead(business.database, new, now=business.now)
    return business.do(lambda db: receive_lead(db, prepared, by=person("api"), now=business.now)).lead_id


def sami(business: Business, *arguments: Any) -> Result:
    with clock.use(lambda: business.now):
        return CliRunner().invoke(commands, ["why", *map(str, arguments)], terminal_width=80)


def test_a_lead_is_explained_by_rule_and_candidates(business: Business) -> None:
    lead = receive(business)
    told = sami(business, lead)
    lines = [line.strip() for line in told.stdout.splitlines()]
    said = " ".join(lines)
    assert told.exit_code == 0
    assert said.startswith(
        f"Lead L{lead}, Lee Ortiz, {LEE}, came in from Zillow on Mon Nov 16, 2026 at 10:00:00 AM. Stage: CONTACTING. "
        "Ana Ruiz owns it since Mon Nov 16 10:00:00 AM: Texas: round robin. "
        "It belongs to the rule Texas of policy version 1. It is to be answered by 10:05:00 AM. "
        "We found out: the phone is a landline or mobile number; the region is South; the time zone is America/Chicago."
    )
    assert json.loads(sami(business, lead, "--json").stdout)["findings"]["region"] == "South"
    assert "Given to Ana Ruiz by the rule Texas of policy version 1: round robin." in said
    assert "Rule Sellers does not match this lead (type: buyer, wanted seller)." in said
    assert "Ben Okafor was not next in turn." in lines
    assert "Cy Lund takes no new leads now." in lines
    assert "Area code 512 is in TX." in lines
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_what_happened_since_is_told_in_order(business: Business) -> None:
    lead = receive(business)
    business.do(lambda db: breach(db, lead, business.now + 6 * MINUTE))
    business.now += 8 * MINUTE
    business.do(
        lambda db: reassign(db, lead_id=lead, to="dee", reason="knows Lee", by=person("olive"), now=business.now)
    )
    business.do(lambda db: note_response(db, lead_id=lead, at=business.now + MINUTE, how="a call was answered"))
    said = " ".join(sami(business, lead).stdout.split())
    assert "Dee Marsh owns it since Mon Nov 16 10:08:00 AM: knows Lee, by Olive Park." in said
    assert "It was answered after 9 min, 4 min late." in said
    events = (
        "Listed as an exception, sla breached: owner ana.",
        "From Ana Ruiz to Dee Marsh, by Olive Park: knows Lee.",
        "The exception sla breached was closed by a call was answered.",
    )
    places = [said.index(event) for event in events]
    assert places == sorted(places)


def test_a_lead_of_the_pond_says_why_and_is_found_by_its_phone(business: Business) -> None:
    receive(business, state="OK")
    said = " ".join(sami(business, "(512) 555-0142").stdout.split())
    assert "Nobody owns it: no rule matches. It stays there until somebody claims it." in said
    assert "Left in the pond by the default of policy version 1: no rule matches." in said
    assert "Rule Texas does not match this lead (state: OK, wanted TX)." in said
    assert "Listed as an exception, unmatched: no rule matches." in said


def test_json_is_one_document(business: Business) -> None:
    lead = receive(business)
    document = json.loads(sami(business, LEE, "--json").stdout)
    assert (document["id"], document["owner"], document["rule"]) == (
        lead,
        {"key": "ana", "name": "Ana Ruiz"},
        "rule/Texas",
    )
    assert document["sla"] == {
        "state": "active",
        "due_at": "2026-11-16T16:05:00.000Z",
        "took_s": None,
        "overrun_s": None,
    }
    assert [(change["from"], change["to"]) for change in document["history"]] == [(None, "ana")]
    assert document["history"][0]["decision"] == document["decisions"][0]["id"]
    assert {step["capability"] for step in document["steps"]} >= {"validate_contact", "enrich", "check_compliance"}
    assert document["history_fault"] is None


def test_r14_an_edited_history_is_said_to_be(business: Business) -> None:
    lead = receive(business)
    business.do(lambda db: db.execute(ownerships.update().values(why="because")))
    said = " ".join(sami(business, lead).stdout.split())
    assert "Its history was changed behind our back: change 1 is not as it was sealed." in said
    assert json.loads(sami(business, lead, "--json").stdout)["history_fault"] is not None


def test_s08_a_leads_name_cannot_steer_the_terminal(business: Business) -> None:
    lead = receive(business)
    business.do(lambda db: db.exec_driver_sql("UPDATE lead SET name = 'Eve \x1b[2J[bold]:smile:'"))
    shown = sami(business, lead).stdout
    assert "\x1b" not in shown
    assert "Eve  [2J[bold]:smile:" in shown


@pytest.mark.parametrize("lead", ["404", "+15125550177", "nobody"])
def test_a_lead_that_is_not_known_ends_with_1(business: Business, lead: str) -> None:
    unknown = sami(business, lead)
    assert (unknown.exit_code, type(unknown.exception), unknown.stdout) == (1, NoSuchLead, "")
