"""`sami doctor`: what is wrong with the database and its histories, in sentences."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from sami.database.engine import Database
from sami.domain.consent.caps import Spent
from sami.store.caps import insert_stop
from sami.store.leads import ownerships
from tests.support.leading import Business
from webhooks.cli import commands


@pytest.fixture
def business(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Business:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    return Business(database)


def checks() -> dict[str, Any]:
    told = CliRunner().invoke(commands, ["doctor", "--json"])
    return {check["name"]: check for check in json.loads(told.stdout)["checks"]}


def test_untouched_histories_are_well(business: Business) -> None:
    business.lead("ana")
    business.lead(None)
    assert checks()["histories"]["ok"]


def test_r14_leads_whose_history_was_edited_are_counted_and_named(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(8)]
    for lead in leads[1:]:
        edit = ownerships.update().where(ownerships.c.lead_id == lead).values(by="nobody")
        business.do(lambda db, edit=edit: db.execute(edit))
    found = checks()["histories"]
    assert not found["ok"]
    named = ", ".join(map(str, leads[1:6]))
    assert found["sentence"] == (f"Histories were changed behind our back, of 7 lead(s): {named} and 2 more.")


def test_s25_a_stop_of_texts_or_calls_is_told_with_its_remedy_until_it_is_lifted(business: Business) -> None:
    assert checks()["limits"]["ok"]
    why = "200 texts an hour have left in all"
    business.do(lambda db: insert_stop(db, kind=Spent.TEXTS, why=why, at=business.now))
    found = checks()["limits"]
    assert (found["level"], found["sentence"], found["remedy"]) == (
        "wrong",
        "Texts to leads are stopped since 2026-11-16 16:00 UTC: 200 texts an hour have left in all.",
        "When you have seen who they went to: `sami limits lift texts`.",
    )
    assert CliRunner().invoke(commands, ["doctor"]).exit_code == 1
    assert CliRunner().invoke(commands, ["limits", "lift", "texts"]).exit_code == 0
    assert checks()["limits"]["ok"]


def test_a_database_that_does_not_answer_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMI_DATABASE__URL", "postgresql://nobody@127.0.0.1:1/nothing")
    found = checks()
    assert not found["database"]["ok"]
    assert "histories" not in found
