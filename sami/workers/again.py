"""Stored leads examined again: by one version, to say what it would change; or by all, where results are missing."""

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from sami.audit.recording import record
from sami.database.engine import Database
from sami.domain.assignment.pipeline_step import IntakeFacts, StepResult, StepState
from sami.domain.assignment.policy import Policy
from sami.domain.assignment.worker_findings import FILLS, as_said, taken_from, with_findings
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.domain.leads.inquiry import Inquiry
from sami.settings.sections import WorkersSettings
from sami.store.examined import REPLAYED, leads_lacking, leads_since, newest_steps_of
from sami.store.facts import Directory
from sami.store.leads import lock_lead, lock_ownership, update_lead
from sami.store.ownership import inquiry_of
from sami.store.policies import insert_intake_steps
from sami.workers.contracts import StepInput, Worker
from sami.workers.orchestrator import examine
from sami.workers.plan import TIMEOUT_S, PlannedStep
from sami.workers.running import Attempt

PAGE = 200
DEADLINE_S = 30.0  # Nobody waits on a phone for this.
_BY_NAME = ("attributes", "findings")
SHOWN = (*FILLS, "name", "email", "score", "may_contact")
_FILLED = frozenset({*FILLS, "score", "tags", "attributes", "findings"})  # Who a lead is was settled when it came.


@dataclass(frozen=True, slots=True)
class Again:
    """One lead once more. `differences` are field, what it is now, and what it would be."""

    lead_id: int
    result: StepResult
    differences: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Backfilled:
    """A lead that lacked results, and the fields that were empty and are not any more."""

    lead_id: int
    results: tuple[StepResult, ...]
    filled: Mapping[str, Any] = field(default_factory=dict)


def note_asked(db: Connection, what: str, capabilities: Collection[str], *, by: Actor, now: datetime) -> None:
    """By a person; the clock examines again by itself. `what`: replay or backfill."""
    record(db, Verb.REPEATED, "examination", what, after={"capabilities": list(capabilities)}, by=by, now=now)


def replay_worker(
    database: Database,
    worker: Worker,
    *,
    policy: Policy,
    directory: Directory,
    since: datetime,
    now: datetime,
    dry_run: bool,
) -> Iterator[Again]:
    """Run this version over the leads that came in since; they stay as they are, only its results are kept.

    The facts are those of the day the lead came, but consent and licences as they are now.
    """
    run = f"{REPLAYED}{secrets.token_hex(6)}"
    for rows, steps in _pages(database, lambda db, after: leads_since(db, since=since, after=after, limit=PAGE)):
        page = [_once_more(row, steps[row.id], worker, policy, directory) for row in rows]
        if not dry_run:
            with database.begin(DEADLINE_S) as db:
                for again in page:
                    insert_intake_steps(db, lead_id=again.lead_id, run=run, results=[again.result], at=now)
        yield from page


def backfill(
    database: Database,
    capabilities: Collection[str],
    *,
    policy: Policy,
    directory: Directory,
    settings: WorkersSettings,
    since: datetime,
    now: datetime,
    dry_run: bool,
) -> Iterator[Backfilled]:
    """Examine the leads that lack results of these capabilities; what they do not say is filled in, owners stay."""

    def lacking(db: Connection, after: int) -> list[Row[Any]]:
        return leads_lacking(db, capabilities=capabilities, since=since, after=after, limit=PAGE)

    run = f"backfill/{secrets.token_hex(6)}"
    for rows, steps in _pages(database, lacking):
        for row in rows:
            missing = [name for name in capabilities if _was_not_asked(steps[row.id].get(name))]
            facts = _facts(row, directory)
            found = examine(_inquiry(row), facts, policy, key=_key(row), settings=settings, only=missing).results
            yield Backfilled(row.id, found, {} if dry_run else _keep(database, row.id, run, found, facts, now))


def _was_not_asked(step: Row[Any] | None) -> bool:
    return step is None or step.state == StepState.SKIPPED


def _keep(
    database: Database, lead_id: int, run: str, results: tuple[StepResult, ...], facts: IntakeFacts, now: datetime
) -> dict[str, Any]:
    """Against the lead as it is now: somebody may have filled a field in while the workers looked."""
    with database.begin(DEADLINE_S) as db:
        lock_ownership(db)
        row = lock_lead(db, lead_id)
        if row is None:
            return {}
        before = after = inquiry_of(row, opted_out=facts.consent == "opted_out", at=now)
        kept = []
        for result in results:
            taken = taken_from(after, result.capability, result.output)
            fills = {name: value for name, value in taken.items() if name in _FILLED}
            after = with_findings(after, fills)
            kept.append(replace(result, output=fills))
        insert_intake_steps(db, lead_id=lead_id, run=run, results=kept, at=now)
        filled = _filled(before, after)
        if filled:
            update_lead(db, lead_id, **filled)
    return filled


def _filled(before: Inquiry, after: Inquiry) -> dict[str, Any]:
    changed = {name: value for name in (*FILLS, "score") if (value := getattr(after, name)) != getattr(before, name)}
    if after.tags != before.tags:
        changed["tags"] = list(after.tags)
    for column in _BY_NAME:
        if getattr(after, column) != getattr(before, column):
            changed[column] = dict(getattr(after, column))
    return changed


def _pages(
    database: Database, read: Callable[[Connection, int], list[Row[Any]]]
) -> Iterator[tuple[list[Row[Any]], dict[int, dict[str, Row[Any]]]]]:
    """No transaction is open between pages: a customer's own worker takes its time."""
    after = 0
    while True:
        with database.read(DEADLINE_S) as db:
            rows = read(db, after)
            steps = newest_steps_of(db, [row.id for row in rows])
        if not rows:
            return
        after = rows[-1].id
        yield rows, steps


def _once_more(
    row: Row[Any], steps: Mapping[str, Row[Any]], worker: Worker, policy: Policy, directory: Directory
) -> Again:
    now = _inquiry(row)
    earlier = steps.get(worker.capability)
    said = as_said(now, [] if earlier is None else [earlier.output])
    attempt = Attempt(PlannedStep(worker), StepInput(_key(row), said, _facts(row, directory), policy, TIMEOUT_S))
    if worker.inline:
        attempt.run()
    else:
        attempt.start()
    result = attempt.result()
    if result.state is not StepState.DONE:
        return Again(row.id, result, ())
    taken = taken_from(said, worker.capability, result.output)
    return Again(row.id, replace(result, output=taken), tuple(_differences(now, with_findings(said, taken))))


def _differences(now: Inquiry, would_be: Inquiry) -> Iterator[tuple[str, Any, Any]]:
    for name in SHOWN:
        if getattr(now, name) != getattr(would_be, name):
            yield name, getattr(now, name), getattr(would_be, name)
    if set(now.tags) != set(would_be.tags):
        yield "tags", list(now.tags), list(would_be.tags)
    for column in _BY_NAME:
        had, has = getattr(now, column), getattr(would_be, column)
        for key in sorted({*had, *has}):
            if had.get(key) != has.get(key):
                yield f"{column}.{key}", had.get(key), has.get(key)


def _inquiry(row: Row[Any]) -> Inquiry:
    return inquiry_of(row, opted_out=row.consent == "opted_out", at=row.created_at)


def _facts(row: Row[Any], directory: Directory) -> IntakeFacts:
    return IntakeFacts(
        at=row.created_at,
        country=directory.organisation.country,
        time_zone=directory.organisation.time_zone,
        consent=row.consent,
        do_not_contact_until=row.do_not_contact_until,
        bad_number=bool(row.bad),
        licensed_states=directory.licensed_states,
    )


def _key(row: Row[Any]) -> str:
    """As when it came in: the canary's share stays the same."""
    return str(row.phone or row.email or f"{row.source}/{row.source_id}")
