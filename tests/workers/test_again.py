"""Results are kept and compared; a version runs again over stored leads; leads that lack results get them."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami.database.engine import Database
from sami.domain.assignment.pipeline_step import StepResult, StepState
from sami.domain.assignment.policy import Policy, ScorePoints, WorkerChoice
from sami.domain.leads.condition import Condition
from sami.settings.sections import WorkersSettings
from sami.store.examined import compare_versions, count_lacking, count_leads_since
from sami.store.facts import Directory, read_directory
from sami.store.leads import find_lead, insert_lead, update_lead
from sami.store.people import agents
from sami.store.policies import insert_intake_steps, intake_steps_of, policy_versions
from sami.store.texts import record_consent
from sami.workers import again
from sami.workers.again import Again, Backfilled, backfill, replay_worker
from sami.workers.contracts import StepOutput, Worker
from sami.workers.plan import find_worker
from sami.workers.registry import BUILT_IN
from tests.support.cast import organisation
from tests.support.make import AT
from tests.support.signed import publish
from tests.workers.service import SECRET, reply, serving
from webhooks.cli import commands

WEEK = timedelta(days=7)
LONG_AGO = AT - timedelta(days=400)
POINTS = Policy(score=(ScorePoints("Texas", 30, Condition(state=("TX",))),))
ALL = BUILT_IN.capabilities()


@pytest.fixture
def directory(database: Database) -> Directory:
    publish(database, organisation())
    with database.read() as db:
        return read_directory(db)


def lead(database: Database, number: int, **stated: Any) -> int:
    """Of an Austin phone, without an owner."""
    values = {
        "phone": f"+1512555{number:04d}", "name": "Maria Ortiz", "attributes": {}, "created_at": AT,
        "unowned_reason": "nobody was there",
    }  # fmt: skip
    with database.begin() as db:
        lead_id = insert_lead(db, **values | stated)
    assert lead_id is not None
    return lead_id


def row(database: Database, lead_id: int) -> Any:
    with database.read() as db:
        return find_lead(db, lead_id)


def steps(database: Database, lead_id: int) -> list[Any]:
    with database.read() as db:
        return intake_steps_of(db, lead_id)


def replayed(database: Database, directory: Directory, worker: Worker | None, **stated: Any) -> list[Again]:
    assert worker is not None
    given = {"policy": Policy(), "since": AT - WEEK, "now": AT + WEEK, "dry_run": False}
    return list(replay_worker(database, worker, directory=directory, **given | stated))


def backfilled(database: Database, directory: Directory, *capabilities: str, **stated: Any) -> list[Backfilled]:
    given = {"policy": POINTS, "settings": WorkersSettings(), "since": AT - WEEK, "now": AT + WEEK, "dry_run": False}
    return list(backfill(database, capabilities or ALL, directory=directory, **given | stated))


# Kept and compared.


def test_what_a_step_came_to_is_kept_whole_and_in_order(database: Database) -> None:
    lead_id = lead(database, 142)
    first = StepResult(
        "enrich", "2", True, StepState.FALLBACK, {"tags": ("a", "b"), "attributes": {"region": "South"}},
        ("Area code 512 is in TX.", "é"), 0.8, "answered 503", 3, 127,
    )  # fmt: skip
    with database.begin() as db:
        insert_intake_steps(db, lead_id=lead_id, run="run-1", results=[first, replace(first, version="3")], at=AT)
        insert_intake_steps(db, lead_id=lead_id, run="run-2", results=[StepResult("score", "1")], at=AT + WEEK)
    kept = steps(database, lead_id)
    assert [(step.run, step.capability, step.version, step.at) for step in kept] == [
        ("run-1", "enrich", "2", AT), ("run-1", "enrich", "3", AT), ("run-2", "score", "1", AT + WEEK),
    ]  # fmt: skip
    stored = {name: getattr(kept[0], name) for name in asdict(first)}
    assert stored == json.loads(json.dumps(asdict(first)))


def test_versions_are_compared_by_what_they_came_to(database: Database) -> None:
    publish(database, organisation())
    with database.begin() as db:
        ana = db.execute(agents.select().where(agents.c.key == "ana")).one().id
    owned, waiting = lead(database, 1, owner_id=ana, unowned_reason=None), lead(database, 2)
    one = StepResult("enrich", "2", confidence=0.9, took_ms=10)
    came = [
        (owned, "a", one),
        (waiting, "b", replace(one, confidence=0.5, took_ms=30, state=StepState.FALLBACK)),
        (owned, "c", replace(one, version="3", canary=True)),
        (owned, "replay/d", replace(one, version="3", state=StepState.FAILED)),
        (owned, "e", StepResult("score", "1")),
    ]
    with database.begin() as db:
        for lead_id, run, result in came:
            insert_intake_steps(db, lead_id=lead_id, run=run, results=[result], at=AT)
        two, canary, again, score = sorted(
            compare_versions(db), key=lambda one: (one.capability, one.version, one.replayed)
        )
        assert [asdict(found) for found in compare_versions(db, "score")] == [asdict(score)]
    assert (two.version, two.canary, two.results, two.owned, two.took_ms) == ("2", False, 2, 0.5, 20)
    assert two.confidence == pytest.approx(0.7)
    assert two.states == {"done": 1, "fallback": 1, "failed": 0, "skipped": 0}
    assert (canary.version, canary.canary, canary.replayed, canary.results, canary.owned) == ("3", True, False, 1, 1.0)
    assert (again.version, again.replayed, again.states["failed"]) == ("3", True, 1)


# A version again.


def enriched(database: Database, directory: Directory) -> tuple[int, int]:
    """Two leads as version 2 left them: one by its ZIP, one by its phone."""
    found = lead(database, 1, zip="10001"), lead(database, 2)
    backfilled(database, directory, "enrich", policy=Policy())
    return found


def test_a_deprecated_version_again_says_what_it_would_change(database: Database, directory: Directory) -> None:
    by_zip, by_phone = enriched(database, directory)
    before = row(database, by_zip), row(database, by_phone)
    first, second = replayed(database, directory, BUILT_IN.find("enrich", "1"))
    assert (first.lead_id, first.result.version, first.result.state) == (by_zip, "1", StepState.DONE)
    assert first.differences == (
        ("state", "NY", "TX"),
        ("findings.region", "Northeast", "South"),
        ("findings.time_zones", ["America/New_York"], ["America/Chicago"]),
    )
    assert (second.lead_id, second.differences) == (by_phone, ())
    assert (row(database, by_zip), row(database, by_phone)) == before
    assert [step.run.partition("/")[0] for step in steps(database, by_zip)] == ["backfill", "replay"]


def test_the_version_that_ran_would_change_nothing_however_often(database: Database, directory: Directory) -> None:
    enriched(database, directory)
    for _ in range(2):
        assert [one.differences for one in replayed(database, directory, BUILT_IN.newest("enrich"))] == [(), ()]


def test_a_dry_run_keeps_nothing(database: Database, directory: Directory) -> None:
    by_zip, _ = enriched(database, directory)
    assert replayed(database, directory, BUILT_IN.find("enrich", "1"), dry_run=True)[0].differences
    assert len(steps(database, by_zip)) == 1


def test_only_leads_of_these_days_run_again(database: Database, directory: Directory) -> None:
    lead(database, 1, created_at=LONG_AGO)
    recent = lead(database, 2)
    assert [one.lead_id for one in replayed(database, directory, BUILT_IN.newest("score"))] == [recent]
    with database.read() as db:
        assert count_leads_since(db, since=AT - WEEK) == 1


def test_every_lead_runs_again_once_page_by_page(
    database: Database, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "PAGE", 2)
    made = [lead(database, number) for number in range(5)]
    assert [one.lead_id for one in replayed(database, directory, BUILT_IN.newest("score"))] == made


def test_compliance_again_goes_by_consent_as_it_is_now(database: Database, directory: Directory) -> None:
    lead(database, 142)
    with database.begin() as db:
        record_consent(db, phone="+15125550142", state="opted_out", source="text", at=AT)
    [one] = replayed(database, directory, BUILT_IN.newest("check_compliance"))
    assert one.result.evidence[0] == "This phone opted out: no contact on any channel."
    assert "It is 10:00 AM at the lead's place" in one.result.evidence[-1], "the hour is that of its arrival"


def test_a_version_that_fails_is_told_and_changes_nothing(database: Database, directory: Directory) -> None:
    def crash(_: object) -> StepOutput:
        raise ZeroDivisionError

    enriched(database, directory)
    found = replayed(database, directory, Worker("enrich", "9", crash))
    assert [(one.result.error, one.differences) for one in found] == [("crashed; the log says how", ())] * 2


# Results that are missing.


def test_a_lead_that_lacks_results_gets_them_and_what_it_does_not_say(database: Database, directory: Directory) -> None:
    lead_id = lead(database, 142, city="Reno", attributes={"region": "mine"})
    [done] = backfilled(database, directory)
    assert [result.capability for result in done.results] == list(ALL)
    assert [step.capability for step in steps(database, lead_id)] == list(ALL)
    after = row(database, lead_id)
    assert (after.city, after.state, after.country, after.score) == ("Reno", "TX", "US", 30)
    assert after.attributes == {"region": "mine"}
    assert after.findings == {
        "region": "South", "line_type": "landline or mobile", "time_zones": ["America/Chicago"],
    }  # fmt: skip
    assert set(done.filled) == {"state", "country", "score", "findings"}
    assert (after.owner_id, after.unowned_reason, after.stage) == (None, "nobody was there", "NEW")


def test_a_lead_that_has_them_is_left_alone_and_one_that_lacks_some_gets_those(
    database: Database, directory: Directory
) -> None:
    lead(database, 1)
    backfilled(database, directory, "enrich")
    with database.read() as db:
        assert count_lacking(db, capabilities=ALL, since=AT - WEEK) == 1
        assert count_lacking(db, capabilities=["enrich"], since=AT - WEEK) == 0
    assert backfilled(database, directory, "enrich") == []
    [rest] = backfilled(database, directory)
    assert [result.capability for result in rest.results] == [name for name in ALL if name != "enrich"]
    assert backfilled(database, directory) == []


def test_a_replay_is_no_result_of_the_leads_own(database: Database, directory: Directory) -> None:
    lead(database, 1)
    replayed(database, directory, BUILT_IN.newest("enrich"))
    assert len(backfilled(database, directory, "enrich")) == 1


def test_a_name_and_an_address_stay_as_they_were_settled_when_the_lead_came(
    database: Database, directory: Directory
) -> None:
    lead_id = lead(database, 1, name="LEE PARK", email="nonsense")
    backfilled(database, directory)
    after = row(database, lead_id)
    assert (after.name, after.email) == ("LEE PARK", "nonsense")
    assert "name" not in steps(database, lead_id)[0].output


def test_a_dry_backfill_writes_nothing(database: Database, directory: Directory) -> None:
    lead_id = lead(database, 1)
    [done] = backfilled(database, directory, dry_run=True)
    assert (len(done.results), done.filled) == (len(ALL), {})
    assert (steps(database, lead_id), row(database, lead_id).state) == ([], None)


def test_what_somebody_writes_while_a_worker_looks_is_kept(database: Database, directory: Directory) -> None:
    """And no transaction is open while it looks: the writer does not wait."""
    lead_id = lead(database, 142)

    def respond(request: BaseHTTPRequestHandler) -> None:
        with database.begin() as db:
            update_lead(db, lead_id, city="Dallas")
        reply(request, 200, b'{"output": {"city": "Austin", "segment": "luxury"}}')

    with serving(respond) as service:
        policy = Policy(workers=(service.choice(timeout=20.0),))
        [done] = backfilled(database, directory, "classify", policy=policy, settings=service.settings)
    assert done.results[0].output == {"city": "Austin", "segment": "luxury"}
    assert done.filled == {"segment": "luxury"}
    after = row(database, lead_id)
    assert (after.city, after.segment) == ("Dallas", "luxury")


def test_a_customers_version_runs_again_too(database: Database, directory: Directory) -> None:
    lead(database, 142)

    def respond(request: BaseHTTPRequestHandler) -> None:
        reply(request, 200, b'{"output": {"segment": "luxury"}}')

    with serving(respond) as service:
        policy = Policy(workers=(service.choice(timeout=20.0),))
        worker = find_worker(policy, "classify", "acme-1", BUILT_IN, service.settings)
        [one] = replayed(database, directory, worker, policy=policy)
    assert one.differences == (("segment", None, "luxury"),)


# At the shell.


@pytest.fixture
def sami(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("SAMI_DATABASE__URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *arguments: CliRunner().invoke(commands, ["workers", *arguments])


@pytest.fixture
def stored(sqlite_url: str) -> Database:
    """A business whose policy tries a service on a tenth of the leads; two leads came yesterday's way."""
    database = Database(sqlite_url)
    publish(database, organisation())
    policy = Policy(
        score=POINTS.score,
        workers=(
            WorkerChoice("enrich", canary="1", share=10),
            WorkerChoice("classify", version="acme-1", url="https://score.example.com/", secret=SECRET),
        ),
    )
    published = {"document": asdict(policy), "effective_at": AT, "published_at": AT, "published_by": "test", "note": ""}
    with database.begin() as db:
        db.execute(policy_versions.insert().values(published))
    lead(database, 3, zip="10001")  # Of no canary's share.
    lead(database, 2)
    return database


def test_the_shell_examines_compares_and_tries_a_version(stored: Database, sami: Callable[..., Result]) -> None:
    filled = sami("backfill", "enrich", "score")
    assert filled.output.splitlines() == [
        "2 leads examined, 4 results.",
        "state filled in: 2.",
        "country filled in: 2.",
        "score filled in: 2.",
        "findings filled in: 2.",
    ]
    again = sami("replay", "enrich", "--version", "1", "--dry-run")
    assert again.output.splitlines() == [
        "2 leads examined again; 1 would be different, 0 failed.",
        "lead 1: state NY to TX; findings.region Northeast to South; "
        "findings.time_zones America/New_York to America/Chicago",
    ]
    table = sami()
    assert table.exit_code == 0
    lines = [" ".join(line.split()) for line in table.output.splitlines()]
    assert any(re.fullmatch(r"enrich 2 in use 2 2 done 0\.90 \d+ 0%", line) for line in lines)
    assert "enrich 1 deprecated, canary 10% 0" in lines
    assert "classify acme-1 in use 0" in lines
    stored.close()


def test_the_shell_answers_in_json(stored: Database, sami: Callable[..., Result]) -> None:
    assert json.loads(sami("backfill", "--json", "enrich").output) == {
        "leads": 2,
        "results": 2,
        "filled": {
            "1": {
                "country": "US",
                "state": "NY",
                "findings": {"region": "Northeast", "time_zones": ["America/New_York"]},
            },
            "2": {
                "country": "US",
                "state": "TX",
                "findings": {"region": "South", "time_zones": ["America/Chicago"]},
            },
        },
    }
    again = json.loads(sami("replay", "enrich", "--version", "1", "--json").output)
    assert (again["leads"], again["failed"], again["different"][0]["lead"]) == (2, 0, 1)
    assert again["different"][0]["differences"][0] == {"field": "state", "now": "NY", "would_be": "TX"}
    rows = json.loads(sami("--json").output)
    [one] = [found for found in rows if found["replayed"]]
    assert (one["capability"], one["version"], one["states"]["done"]) == ("enrich", "1", 2)
    assert {found["capability"] for found in rows} == {*ALL, "classify"}
    stored.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("replay", "enrich", "--version", "9"), "enrich 9; known are validate_contact 1,"),
        (("replay", "nothing", "--version", "1"), "nothing 1; known are"),
        (("backfill", "nothing"), "nothing; known are"),
    ],
)
def test_the_shell_knows_which_workers_there_are(sami: Callable[..., Result], arguments: Any, told: str) -> None:
    refused = sami(*arguments)
    assert refused.exit_code == 1
    assert told in str(refused.exception)
