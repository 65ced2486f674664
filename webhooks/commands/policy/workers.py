"""`sami workers`: which versions examine leads and how they compare; a version run again; results that are missing."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from sami import clock, logs
from sami.database.engine import Database
from sami.domain.assignment.policy import Policy
from sami.errors import SamiError
from sami.settings.loading import Settings, load_settings
from sami.store.examined import compare_versions, count_lacking, count_leads_since
from sami.store.facts import Directory, read_directory
from sami.store.policies import policy_in_force
from sami.workers.again import backfill, note_asked, replay_worker
from sami.workers.plan import find_worker
from sami.workers.registry import BUILT_IN
from webhooks.commands.policy.workers_output import (
    known_versions,
    print_backfill,
    print_rerun,
    version_rows,
    version_table,
)
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.policy_versions import as_json_option
from webhooks.commands.shared.system_user import system_user

DAYS_MAX = 3650

days_option = click.option(
    "--days", type=click.IntRange(1, DAYS_MAX), default=DAYS_MAX, help="Only leads of these days."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would come of it, and write nothing.")


class UnknownWorker(SamiError):
    """There is no such worker."""

    code = "unknown_worker"


@click.group(invoke_without_command=True)
@as_json_option
@click.pass_context
def workers(context: click.Context, as_json: bool) -> None:
    """Compare the versions of the workers that examine leads: by state, confidence, time, and leads with an owner."""
    if context.invoked_subcommand is not None:
        return
    with opened_database() as database, database.read() as db:
        found = policy_in_force(db, clock.utc_now())
        rows = version_rows(Policy() if found is None else found[1], compare_versions(db))
    if as_json:
        print_json(rows)
    else:
        Console(highlight=False, markup=False, emoji=False).print(version_table(rows))


@workers.command
@click.argument("capability")
@click.option("--version", required=True, help="Also a deprecated one, or one of yours that the policy names.")
@days_option
@dry_run_option
@as_json_option
def replay(capability: str, version: str, days: int, dry_run: bool, as_json: bool) -> None:
    """Run a version of CAPABILITY again over stored leads, and say what it would change.

    The leads stay as they are; without --dry-run the results are kept, so that `sami workers` compares them.
    """
    settings = load_settings()
    with opened_database() as database:
        policy, directory = _ground(database, settings)
        worker = find_worker(policy, capability, version, BUILT_IN, settings.workers)
        if worker is None:
            known = [" ".join(pair) for pair in known_versions(policy)]
            raise UnknownWorker(f"{capability} {version}; known are {', '.join(known)}.")
        now = clock.utc_now()
        since = now - timedelta(days=days)
        with database.read() as db:
            total = count_leads_since(db, since=since)
        if not dry_run:
            with database.begin() as db:
                note_asked(db, "replay", [worker.capability], by=system_user(), now=now)
        again = replay_worker(
            database,
            worker,
            policy=policy,
            directory=directory,
            since=since,
            now=now,
            dry_run=dry_run,
        )
        print_rerun(list(_shown(again, total, "Running again", as_json)), as_json)


@workers.command("backfill")
@click.argument("capabilities", nargs=-1)
@days_option
@dry_run_option
@as_json_option
def backfill_command(capabilities: tuple[str, ...], days: int, dry_run: bool, as_json: bool) -> None:
    """Examine the leads that lack results of CAPABILITIES (all of ours, and all that the policy names).

    What a lead does not say is filled in; what it says, and who owns it, stays.
    """
    settings = load_settings()
    with opened_database() as database:
        policy, directory = _ground(database, settings)
        known = tuple(dict.fromkeys((*BUILT_IN.capabilities(), *(choice.capability for choice in policy.workers))))
        unknown = [name for name in capabilities if name not in known]
        if unknown:
            raise UnknownWorker(f"{', '.join(unknown)}; known are {', '.join(known)}.")
        wanted, now = capabilities or known, clock.utc_now()
        since = now - timedelta(days=days)
        with database.read() as db:
            total = count_lacking(db, capabilities=wanted, since=since)
        if not dry_run:
            with database.begin() as db:
                note_asked(db, "backfill", wanted, by=system_user(), now=now)
        done = backfill(
            database,
            wanted,
            policy=policy,
            directory=directory,
            settings=settings.workers,
            since=since,
            now=now,
            dry_run=dry_run,
        )
        print_backfill(list(_shown(done, total, "Examining", as_json)), as_json)


def _ground(database: Database, settings: Settings) -> tuple[Policy, Directory]:
    logs.configure_logs(settings.logs.level, settings.logs.format)  # To stderr: a worker that fails is told there.
    with database.read() as db:
        found = policy_in_force(db, clock.utc_now())
        return Policy() if found is None else found[1], read_directory(db)


def _shown(each: Iterable[Any], total: int, doing: str, as_json: bool) -> Iterable[Any]:
    """With a bar on a terminal; a pipe gets the result alone."""
    console = Console(stderr=True)
    return track(each, doing, total=total, console=console, disable=as_json or not console.is_terminal, transient=True)
