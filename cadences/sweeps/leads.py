"""Leads that wait for somebody to become eligible get their owner; those of agents who left are decided about again."""

from datetime import datetime, timedelta

from sami import logs
from sami.database.engine import Database
from sami.domain.language.actor import ActorKind
from sami.leads.bulk import carry_on
from sami.leads.intake import assign_oldest_waiting, reconsider
from sami.settings.sections import WorkersSettings
from sami.store import batches
from sami.store.facts import read_directory
from sami.store.ownership import leads_of_inactive, waiting_groups
from sami.store.policies import policy_in_force
from sami.workers.again import backfill

ASSIGNED_AT_ONCE = 200  # The next beat goes on: other beats must not wait for a thousand leads.
LEFT_AFTER = timedelta(minutes=1)  # A request carries its own batch on no longer than that.
LATE_WITHIN = timedelta(hours=1)
OWNER_DEACTIVATED = "owner_deactivated"

_log = logs.logger(__name__)


def carry_on_reassignments(database: Database, now: datetime) -> None:
    """What a program asked for, and its request left unfinished. At the shell whoever broke one off decides."""
    with database.read() as db:
        kind, before = ActorKind.API_KEY.value, now - LEFT_AFTER
        unfinished = batches.unfinished_batches(db, kind="reassignment", actor_kind=kind, before=before)
    for ref in unfinished:
        is_finished = False
        while not is_finished:
            with database.begin() as db:
                is_finished = carry_on(db, ref, now=now).is_finished


def assign_waiting(database: Database, now: datetime) -> None:
    """A toggle, the start of a shift, a cap that has room again: whatever it was, the oldest is first.

    Leads of one rule and state wait for the same agents, so one that finds nobody answers for all of its kind.
    """
    with database.read() as db:
        groups = waiting_groups(db)
    left = ASSIGNED_AT_ONCE
    for group in groups:
        while left > 0:
            with database.begin() as db:
                given = assign_oldest_waiting(
                    db, rule=group.matched_rule, state=group.state, directory=read_directory(db), now=now
                )
            if given is None or given.owner is None:
                break
            left -= 1
    if left < ASSIGNED_AT_ONCE:
        _log.info("Waiting leads were given owners.", count=ASSIGNED_AT_ONCE - left)


def ask_late_workers(database: Database, settings: WorkersSettings, now: datetime) -> None:
    """Who called or texted could not wait for a customer's own workers: they look now, and fill in what is empty."""
    with database.read() as db:
        directory, found = read_directory(db), policy_in_force(db, now)
    policy = None if found is None else found[1]
    theirs = sorted({choice.capability for choice in policy.workers if choice.url}) if policy else []
    if policy is None or not theirs:
        return
    asked = backfill(
        database,
        theirs,
        policy=policy,
        directory=directory,
        settings=settings,
        since=now - LATE_WITHIN,
        now=now,
        dry_run=False,
    )
    count = sum(1 for _ in asked)
    if count:
        _log.info("Workers looked at leads for whom somebody had waited.", count=count)


def reassign_orphans(database: Database, now: datetime) -> None:
    """Only where the policy asks for it; until then an agent who left keeps their leads, and calls go to the group."""
    with database.read() as db:
        found = policy_in_force(db, now)
        wanted = found is not None and OWNER_DEACTIVATED in found[1].reassign_on
        orphans = leads_of_inactive(db, limit=ASSIGNED_AT_ONCE) if wanted else []
    for lead_id in orphans:
        with database.begin() as db:
            reconsider(db, lead_id=lead_id, why=OWNER_DEACTIVATED, directory=read_directory(db), now=now)
