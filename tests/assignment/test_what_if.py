"""What would a policy do? To one lead, to those of the last days, and decisions made again: `sami` at the shell."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tomlkit
from click.testing import CliRunner, Result

from sami import clock
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.leads.arrivals import NewLead
from sami.leads.intake import receive_lead
from sami.store.leads import leads, turn_credits
from sami.store.people import change_agent
from sami.workers.intake import prepare_lead
from tests.support.cast import agent, olive, organisation
from tests.support.signed import publish
from webhooks.cli import commands

MONDAY_10 = datetime(2026, 11, 16, 16, 0, tzinfo=UTC)
SATURDAY = MONDAY_10 + timedelta(days=5)
POLICY = {"note": "Turns", "rules": [{"name": "All", "to": {"team": "buyers"}}]}
DRAFT = """
note = "Texans to Ben, the rest by turns while they work"
rules = [
  { name = "Texas", when = { state = ["TX"] }, to = { agent = "ben" } },
  { name = "Rest", to = { team = "buyers", on_duty = true } },
]
"""

Sami = Callable[..., Result]


@pytest.fixture
def draft(tmp_path: Path) -> str:
    path = tmp_path / "draft.toml"
    path.write_text(DRAFT)
    return str(path)


@pytest.fixture
def sami(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Sami:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)

    def run(*arguments: str) -> Result:
        with clock.use(lambda: SATURDAY):
            return CliRunner().invoke(commands, list(arguments))

    return run


@pytest.fixture
def business(database: Database) -> Database:
    people = [agent("ana", hours="Mo-Fr 09:00-12:00"), agent("ben"), agent("cy"), olive()]
    publish(database, organisation(agents=people) + tomlkit.dumps({"policy": POLICY}))
    return database


def receive(database: Database, number: int, at: datetime, **said: str) -> None:
    lead = NewLead(name=f"Lead {number}", phone=f"+1737555{number:04}", source="Website", **said)
    prepared = prepare_lead(database, lead, now=at)
    with database.begin() as db:
        receive_lead(db, prepared, by=person("test"), now=at)


def balance_of(tried: Result) -> dict[str | None, tuple[int, int]]:
    return {row["owner"]: (row["was"], row["would_be"]) for row in json.loads(tried.output)["balance"]}


def test_a_draft_is_tried_on_the_leads_of_the_last_days(business: Database, sami: Sami, draft: str) -> None:
    for number in range(6):
        receive(business, number, MONDAY_10 + timedelta(minutes=number), state="TX" if number % 2 else "CA")
    tried = sami("replay", "--days", "30", "--policy", draft, "--json")
    assert tried.exit_code == 0, tried.output
    assert balance_of(tried) == {"ana": (2, 1), "ben": (2, 4), "cy": (2, 1)}
    document = json.loads(tried.output)
    assert document["leads"] == 6
    assert {row["rule"] for row in document["different"]} == {"rule/Texas", "rule/Rest"}
    told = sami("replay", "--days", "30", "--policy", draft).output
    assert "Balance" in told
    assert "6 leads would have gone elsewhere" in told


def test_hours_are_those_of_each_lead_and_switches_those_of_now(business: Database, sami: Sami, draft: str) -> None:
    for number in range(4):
        receive(business, number, MONDAY_10 + timedelta(hours=5, minutes=number), state="CA")
    assert balance_of(sami("replay", "--days", "30", "--policy", draft, "--json"))["ana"][1] == 0, "closed at three"
    with business.begin() as db:
        change_agent(db, key="ben", values={"leads_on": False})
    tried = balance_of(sami("replay", "--days", "30", "--policy", draft, "--json"))
    assert (tried["ben"][1], tried["cy"][1]) == (0, 4)


def test_only_the_days_asked_for_are_looked_at_and_nothing_is_written(
    business: Database, sami: Sami, draft: str
) -> None:
    receive(business, 1, MONDAY_10, state="TX")
    receive(business, 2, SATURDAY - timedelta(hours=3), state="TX")
    before = rows(business)
    assert json.loads(sami("replay", "--days", "2", "--policy", draft, "--json").output)["leads"] == 1
    assert rows(business) == before


def rows(database: Database) -> list[object]:
    with database.read() as db:
        return [list(db.execute(table.select())) for table in (leads, turn_credits)]


def test_stored_decisions_are_made_again_and_come_out_the_same(business: Database, sami: Sami, draft: str) -> None:
    for number in range(5):
        receive(business, number, MONDAY_10, state="TX")
    assert sami("policy", "draft", "next", draft).exit_code == 0
    assert sami("policy", "publish", "next", "--note", "Ben knows Texas").exit_code == 0
    receive(business, 9, SATURDAY, state="TX")
    again = sami("replay", "--days", "30", "--json")
    assert (again.exit_code, json.loads(again.output)) == (0, {"decisions": 6, "same": 6, "different": []})


def test_a_draft_with_faults_is_not_tried(business: Database, sami: Sami, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('rules = [{ name = "A", to = { agent = "nobody" } }]')
    refused = sami("replay", "--days", "30", "--policy", str(wrong))
    assert refused.exit_code == 1
    assert '"nobody"' in refused.stderr


def test_what_if_says_who_would_get_a_lead_and_why_not_the_others(business: Database, sami: Sami, draft: str) -> None:
    before = rows(business)
    asked = json.loads(sami("what-if", "--state", "TX", "--policy", draft, "--json").output)
    assert (asked["owner"], asked["rule"]) == ("ben", "rule/Texas")
    asked = json.loads(sami("what-if", "--state", "CA", "--policy", draft, "--json").output)
    assert asked["owner"] == "ben", "it is Saturday: Ana does not work"
    assert {"subject": "ana", "passed": False, "reason": "off_duty", "detail": ""} in asked["trace"]
    assert "ana would get it." in sami("what-if", "--phone", "512 555 0199").output, "by the policy in force"
    assert rows(business) == before, "nobody's turn was taken"


def test_what_if_of_a_stored_lead_may_change_what_it_says(business: Database, sami: Sami, draft: str) -> None:
    receive(business, 1, MONDAY_10, state="CA")
    assert json.loads(sami("what-if", "1", "--policy", draft, "--json").output)["rule"] == "rule/Rest"
    changed = sami("what-if", "1", "--state", "tx", "--policy", draft, "--json")
    assert json.loads(changed.output)["rule"] == "rule/Texas"
    assert sami("what-if", "77").exit_code == 1
    assert sami("what-if", "--phone", "not a phone").exit_code == 2


def test_exceptions_are_listed_until_somebody_has_looked(business: Database, sami: Sami) -> None:
    with business.begin() as db:
        for key in ("ana", "ben", "cy"):
            change_agent(db, key=key, values={"leads_on": False})
    receive(business, 1, MONDAY_10)
    (listed,) = json.loads(sami("exceptions", "--json").output)["exceptions"]
    assert (listed["kind"], listed["detail"]) == ("unowned", "All: nobody takes leads now")
    assert "5 days" in sami("exceptions").output
    assert json.loads(sami("exceptions", "--kind", "clash", "--json").output)["exceptions"] == []
    assert sami("exceptions", "--close", str(listed["id"])).exit_code == 0
    assert sami("exceptions").output == "Nothing needs a look.\n"
    assert sami("exceptions", "--close", str(listed["id"])).exit_code == 1
