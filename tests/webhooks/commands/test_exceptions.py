"""`sami exceptions`: the leads that a person should look at, by kind, state and period, page by page."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from sami import clock
from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.leads.owners import reassign
from sami.store.policies import open_exception
from tests.support.leading import Business
from webhooks.cli import commands
from webhooks.commands.leads import exceptions as command


@pytest.fixture
def business(database: Database, monkeypatch: pytest.MonkeyPatch) -> Business:
    monkeypatch.setenv("SAMI_DATABASE__URL", database.url.render_as_string(hide_password=False))
    return Business(database)


def listed(business: Business, *arguments: str) -> list[dict[str, Any]]:
    with clock.use(lambda: business.now):
        done = CliRunner().invoke(commands, ["exceptions", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.output)["exceptions"]
    return found


def test_a_reassigned_lead_is_listed_for_review_and_asks_nothing_of_anybody(business: Business) -> None:
    lead = business.lead("ana")
    business.do(
        lambda db: reassign(db, lead_id=lead, to="ben", reason="on leave", by=person("olive"), now=business.now)
    )
    assert listed(business) == []
    assert listed(business, "--kind", "reassigned", "--state", "open") == []
    [reassigned] = listed(business, "--kind", "reassigned")
    assert (reassigned["lead"], reassigned["detail"], reassigned["closed_by"]) == (lead, "on leave", "olive")
    closed = CliRunner().invoke(commands, ["exceptions", "--close", str(reassigned["id"]), "--note", "as agreed"])
    assert closed.output == f"Exception {reassigned['id']} is closed.\n"
    assert listed(business, "--kind", "reassigned")[0]["note"] == "as agreed"


def test_exceptions_are_listed_by_state_and_period(business: Business) -> None:
    for day in range(3):
        lead = business.lead()
        at = business.now + timedelta(days=day)
        business.do(lambda db, lead=lead, at=at: open_exception(db, lead_id=lead, kind="clash", detail="x", at=at))  # type: ignore[misc]
    first = listed(business)[0]["id"]
    CliRunner().invoke(commands, ["exceptions", "--close", str(first)])
    assert [len(listed(business, "--state", state)) for state in ("open", "closed", "all")] == [2, 1, 3]
    assert len(listed(business, "--state", "all", "--from", "2026-11-17", "--to", "2026-11-18")) == 1


def test_json_holds_them_all_and_a_table_names_the_next_page(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "PAGE", 2)
    for _ in range(3):
        lead = business.lead()
        business.do(lambda db, lead=lead: open_exception(db, lead_id=lead, kind="clash", detail="x", at=business.now))  # type: ignore[misc]
    assert len(listed(business)) == 3
    with clock.use(lambda: business.now):
        shown = CliRunner().invoke(commands, ["exceptions"]).output
        assert "2 of 3 are shown; the next page: --after 2" in shown
        assert "clash" in CliRunner().invoke(commands, ["exceptions", "--after", "2"]).output
        assert CliRunner().invoke(commands, ["exceptions", "--after", "3"]).output == "That was the last page.\n"


def test_times_are_the_organisations_and_the_zone_is_named_once(business: Business) -> None:
    lead = business.lead()
    at = business.now - timedelta(hours=11)  # The evening before, there; the same day in UTC.
    business.do(lambda db: open_exception(db, lead_id=lead, kind="clash", detail="x", at=at))
    with clock.use(lambda: business.now):
        heading, row = CliRunner().invoke(commands, ["exceptions"]).output.splitlines()[:2]
    assert "since (CST)" in heading
    assert "Sun 11:00 PM" in row
    assert len(listed(business, "--to", "2026-11-16")) == 1
    assert listed(business, "--from", "2026-11-16") == []
