"""Applying the organisation's file: twice changes nothing, part of it leaves the rest, and export gives it back."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from sami.database.engine import Database
from sami.domain.language.actor import person
from sami.domain.organisation.document import OrganisationFile, OutOfOffice
from sami.organisation.applying import apply_file, export_text
from sami.organisation.publishing import Applied, OrganisationRefused
from sami.store.people import change_agent, newest_document, stored_agents
from tests.support import SUPPORT

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
FILE = (SUPPORT / "organisation.toml").read_text()

CY = '[[agents]]\nkey = "cy"\nname = "Cy Young"\nphone = "+15125550103"\n'
BEN_ELSEWHERE = '[[agents]]\nkey = "ben"\nname = "Ben Okafor"\nphone = "+15125550104"\n'
ONLY_OLIVE = """
[organisation]
name = "Harbor Homes"
country = "US"
time_zone = "America/Chicago"
[[agents]]
key = "olive"
name = "Olive Park"
phone = "+15125550109"
"""


def apply(database: Database, text: str, *, prune: bool = False, dry_run: bool = False) -> Applied:
    with database.begin(30) as db:
        return apply_file(db, text, prune=prune, by=person("olive"), now=NOW, dry_run=dry_run)


def export(database: Database) -> str:
    with database.read() as db:
        return export_text(db, NOW)


def in_force(database: Database) -> tuple[int, dict[str, Any]] | None:
    with database.read() as db:
        return newest_document(db)


def told(applied: Applied) -> list[str]:
    return [str(change) for change in applied.changes]


def switch(database: Database, key: str, **values: Any) -> None:
    with database.begin() as db:
        change_agent(db, key=key, values=values)


def test_what_was_applied_is_exported_as_it_was_written(database: Database) -> None:
    apply(database, FILE)
    assert tomllib.loads(export(database)) == tomllib.loads(FILE)


def test_what_is_in_force_loads_as_the_typed_organisation(database: Database) -> None:
    apply(database, FILE)
    newest = in_force(database)
    assert newest is not None
    loaded = TypeAdapter(OrganisationFile).validate_python(newest[1])
    assert loaded.agents[0].out_of_office == (OutOfOffice(date(2026, 12, 21), date(2027, 1, 2), "ben"),)
    assert loaded.bots[0].outcomes["missed_transfer"].actions[1].agent == "olive"


def test_an_export_looks_like_the_file_people_write(database: Database) -> None:
    apply(database, FILE)
    as_written = FILE.replace("{ ", "{").replace(" }", "}").splitlines()
    headings = [line for line in as_written if line.startswith("[")]
    assert [line for line in export(database).splitlines() if line.startswith("[")] == headings
    assert '  {phone = "+15125550190", name = "Front desk", confirm = false},' in export(database).splitlines()


def test_an_export_makes_the_same_organisation_again_after_everything_was_removed(database: Database) -> None:
    assert export(database) == ""
    apply(database, FILE)
    first = export(database)
    apply(database, "teams = []\nlines = []\nbots = []\n" + ONLY_OLIVE, prune=True)
    assert list(tomllib.loads(export(database))) == ["organisation", "agents"]
    apply(database, first)
    rebuilt = tomllib.loads(export(database))
    assert {agent["key"] for agent in rebuilt.pop("agents")} == {"ana", "ben", "olive"}
    assert rebuilt == {table: rows for table, rows in tomllib.loads(first).items() if table != "agents"}


def test_applying_twice_changes_nothing(database: Database) -> None:
    assert apply(database, FILE).published
    again = apply(database, FILE)
    assert (again.published, again.version, told(again)) == (False, 1, [])
    assert told(apply(database, export(database), prune=True)) == []


def test_the_first_file_adds_every_row(database: Database) -> None:
    assert told(apply(database, FILE)) == [
        "added [organisation]",
        "added [[agents]] ana",
        "added [[agents]] ben",
        "added [[agents]] olive",
        "added [[teams]] buyers",
        "added [[lines]] +15125550100",
        "added [[bots]] main",
    ]


def test_a_change_is_told_field_by_field(database: Database) -> None:
    apply(database, FILE)
    changed = apply(
        database, FILE.replace("ring_timeout = 20", "ring_timeout = 25").replace('language = "en-US"\n', "")
    )
    assert told(changed) == [
        'changed [[bots]] main: language "en-US" -> (absent)',
        "changed [[bots]] main: ring_timeout 20 -> 25",
    ]


def test_a_partial_file_leaves_the_rest(database: Database) -> None:
    apply(database, FILE)
    assert told(apply(database, CY)) == ["added [[agents]] cy"]
    exported = tomllib.loads(export(database))
    assert [agent["key"] for agent in exported.pop("agents")] == ["ana", "ben", "olive", "cy"]
    assert exported == {table: rows for table, rows in tomllib.loads(FILE).items() if table != "agents"}


def test_a_row_replaces_the_row_of_its_key_wholly(database: Database) -> None:
    apply(database, FILE)
    assert told(apply(database, BEN_ELSEWHERE)) == [
        'changed [[agents]] ben: phone "+15125550102" -> "+15125550104"',
        "changed [[agents]] ben: verified true -> (absent)",
    ]
    with database.read() as db:
        ben = stored_agents(db)["ben"]
    assert (ben.phone, ben.verified) == ("+15125550104", False)


def test_without_prune_a_missing_row_stays_and_with_it_the_agent_is_deactivated(database: Database) -> None:
    apply(database, FILE + CY)
    assert told(apply(database, FILE)) == []
    assert told(apply(database, FILE, prune=True)) == ["deactivated [[agents]] cy"]
    with database.read() as db:
        assert not stored_agents(db)["cy"].active
    assert told(apply(database, FILE, prune=True)) == []


def test_prune_leaves_a_table_that_the_file_does_not_mention(database: Database) -> None:
    apply(database, FILE)
    agents_only = FILE[FILE.index("[[agents]]") : FILE.index("[[teams]]")]
    assert told(apply(database, agents_only, prune=True)) == []


def test_an_agent_who_returns_is_active_again_and_keeps_their_switches(database: Database) -> None:
    apply(database, FILE + CY)
    switch(database, "cy", calls_on=False)
    apply(database, FILE, prune=True)
    assert told(apply(database, CY)) == ["activated [[agents]] cy"]
    with database.read() as db:
        cy = stored_agents(db)["cy"]
    assert (cy.active, cy.calls) == (True, False)


def test_prune_does_not_leave_somebody_behind_who_is_still_named(database: Database) -> None:
    apply(database, FILE)
    with pytest.raises(OrganisationRefused) as refused:
        apply(database, ONLY_OLIVE, prune=True)
    assert {(fault.table, fault.row, fault.field) for fault in refused.value.faults} == {
        ("teams", "buyers", "members[1]"),
        ("teams", "buyers", "members[2]"),
    }


def test_a_phone_passes_to_a_successor_and_two_agents_swap_theirs(database: Database) -> None:
    apply(database, FILE + CY)
    heir = CY.replace('"cy"', '"dee"')
    assert told(apply(database, FILE + heir, prune=True)) == ["added [[agents]] dee", "deactivated [[agents]] cy"]
    apply(database, FILE.replace("50101", "50000").replace("50102", "50101").replace("50000", "50102"))
    with database.read() as db:
        phones = {key: agent.phone for key, agent in stored_agents(db).items()}
    assert (phones["ana"], phones["ben"], phones["dee"]) == ("+15125550102", "+15125550101", "+15125550103")
    assert phones["cy"].startswith("+0")


def test_an_off_of_ones_own_survives_the_next_apply(database: Database) -> None:
    apply(database, FILE)
    switch(database, "ana", calls_on=False)
    again = apply(database, FILE)
    assert told(again) == []
    assert any("ana: calls is now off and stays so" in warning for warning in again.warnings)
    assert told(apply(database, FILE.replace("Ana Ruiz", "Ana R."))) == [
        'changed [[agents]] ana: name "Ana Ruiz" -> "Ana R."'
    ]
    with database.read() as db:
        assert not stored_agents(db)["ana"].calls


def test_a_plain_off_is_exported_and_one_with_an_end_is_not(database: Database) -> None:
    apply(database, FILE)
    switch(database, "ana", calls_on=False)
    switch(database, "ben", calls_on=False, calls_off_until=NOW + timedelta(hours=1))
    switch(database, "olive", calls_on=True)
    exported = {agent["key"]: agent for agent in tomllib.loads(export(database))["agents"]}
    assert exported["ana"]["calls"] is False
    assert "calls" not in exported["ben"]
    assert exported["olive"]["calls"] is True
    assert told(apply(database, export(database))) == []


def test_a_test_ring_is_exported_and_a_silent_file_does_not_undo_it(database: Database) -> None:
    apply(database, FILE)
    switch(database, "olive", verified=True)
    assert told(apply(database, FILE)) == []
    assert tomllib.loads(export(database))["agents"][2]["verified"] is True
    assert told(apply(database, export(database))) == []
    with database.read() as db:
        assert stored_agents(db)["olive"].verified


def test_the_switches_of_the_file_are_those_an_agent_begins_with(database: Database) -> None:
    apply(database, FILE)
    with database.read() as db:
        agents = stored_agents(db)
    assert {key: (agent.calls, agent.leads) for key, agent in agents.items()} == {
        "ana": (True, True),
        "ben": (True, True),
        "olive": (False, False),
    }
    assert (agents["ana"].email, agents["olive"].role, agents["ben"].verified) == ("ana@example.com", "owner", True)


def test_a_wrong_file_changes_nothing(database: Database) -> None:
    apply(database, FILE)
    before = in_force(database)
    with pytest.raises(OrganisationRefused) as refused:
        apply(database, CY + '[[lines]]\nphone = "+15125550150"\nname = "Sign"\nbot = "nobody"\n')
    assert [str(fault) for fault in refused.value.faults] == [
        '[[lines]] +15125550150: bot "nobody" is not the key of a bot; use one of main'
    ]
    assert in_force(database) == before
    with database.read() as db:
        assert "cy" not in stored_agents(db)


def test_a_dry_run_tells_and_writes_nothing(database: Database) -> None:
    assert not apply(database, FILE, dry_run=True).published
    assert in_force(database) is None
    assert len(apply(database, FILE, dry_run=True).changes) == 7


def test_every_version_stays_as_it_was_published(database: Database) -> None:
    first = apply(database, FILE)
    second = apply(database, CY)
    assert (first.version, second.version) == (1, 2)
    newest = in_force(database)
    assert newest is not None
    assert newest[0] == 2


def test_the_preview_says_what_will_surprise(database: Database) -> None:
    text = FILE.replace("ring_timeout = 20", "ring_timeout = 7").replace('skills = ["spanish", "buyers"]\n', "")
    warnings = "\n".join(apply(database, text).warnings)
    assert "ring_timeout 7 rings 10 seconds" in warnings
    assert "fallback numbers are not verified: +15125550190, +15125550191" in warnings
    assert "at most five seconds" in warnings
    assert "the skill buyers, which no agent has" in warnings
    assert "holidays US-TX has 19 dates in 2026: Jan 1, Jan 19" in warnings


def test_of_two_admins_at_the_same_instant_neither_loses_a_row(database: Database) -> None:
    apply(database, FILE)
    rows = [CY, CY.replace('"cy"', '"dee"').replace("0103", "0105")]
    with ThreadPoolExecutor(max_workers=2) as admins:
        versions = sorted(applied.version for applied in admins.map(lambda text: apply(database, text), rows))
    assert versions == [2, 3]
    assert {agent["key"] for agent in tomllib.loads(export(database))["agents"]} == {"ana", "ben", "olive", "cy", "dee"}
