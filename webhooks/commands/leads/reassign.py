"""`sami reassign`: one lead or many change hands, and a batch of them is taken back or carried on."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import click
from sqlalchemy import Connection
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from sami import clock
from sami.database.away import DatabaseBusy
from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.hours import end_of_day, from_local
from sami.domain.leads.stages import Stage
from sami.leads.absences import plan_give_back, preview_give_back
from sami.leads.bulk import PART, carry_on, plan_bulk, preview_bulk, progress_of
from sami.leads.bulk_undo import Undone, undo_part
from sami.leads.owners import reassign as reassign_leads
from sami.store.facts import read_directory
from webhooks.commands.leads.find_lead import lead_meant
from webhooks.commands.leads.reassign_output import (
    print_interrupted,
    print_moved,
    print_undone,
    read_split,
    show_give_back,
    show_preview,
    show_progress,
)
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.system_user import system_user

DEADLINE_S = 60.0  # A plan of a hundred thousand leads takes a while to write down.
BUSY_FOR_S = 30.0
BUSY_WAIT_S = 0.2
T = TypeVar("T")


@click.command
@click.argument("lead", required=False)
@click.option("--to", "to", metavar="KEY", help="The agent who gets it, or all of them.")
@click.option("--split", callback=lambda _c, _o, text: read_split(text) if text else None, help="As ben=60,dee=40.")
@click.option("--reason", help="Why; it stays in the history of each lead.")
@click.option("--owner", metavar="KEY", help="Leads of this agent.")
@click.option("--stage", type=click.Choice(list(Stage), case_sensitive=False), help="Leads at this stage.")
@click.option("--source", help="Leads from this source.")
@click.option("--tag", help="Leads with this tag.")
@click.option("--state", help="Leads of this state, such as TX.")
@click.option("--created-after", type=click.DateTime(["%Y-%m-%d"]), help="Leads of this day and later.")
@click.option("--created-before", type=click.DateTime(["%Y-%m-%d"]), help="Leads of this day and earlier.")
@click.option("--dry-run", is_flag=True, help="Say what would move and move nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before many are moved.")
@click.option("--silent", is_flag=True, help="Tell nobody.")
@click.option("--counts-as-turn", is_flag=True, help="One lead counts as the agent's turn in its pool.")
@click.option("--undo", metavar="REF", help="Take a batch back: what is still where it was put.")
@click.option("--resume", metavar="REF", help="Carry on with a batch that was interrupted.")
@click.option("--give-back", metavar="KEY", help="To an agent who is back: what their cover was given meanwhile.")
def reassign(lead: str | None, **asked: Any) -> None:
    """Give LEAD (a number or a phone) to an agent, or all leads that the filters find to one or several.

    `sami reassign 12 --to ben --reason "on leave"`, or
    `sami reassign --owner ana --split ben=60,dee=40 --reason "Ana leaves" --dry-run`.
    """
    wanted = {name: asked[name] for name in _FILTERS if asked[name]}
    named = [lead, asked["undo"], asked["resume"], asked["give_back"], wanted or None]
    if sum(one is not None for one in named) != 1:
        raise click.UsageError("Name a LEAD, a filter such as --owner KEY, or one of --undo, --resume, --give-back.")
    with opened_database() as database:
        if lead is not None:
            _one(database, lead, asked)
        elif asked["undo"]:
            _undo(database, asked["undo"])
        elif asked["resume"]:
            _carry_on(database, asked["resume"])
        elif asked["give_back"]:
            _give_back(database, asked["give_back"], asked)
        else:
            _many(database, wanted, asked)


_FILTERS = ("owner", "stage", "source", "tag", "state", "created_after", "created_before")


def _one(database: Database, lead: str, asked: Mapping[str, Any]) -> None:
    to, notify, turn = asked["to"], not asked["silent"], asked["counts_as_turn"]
    if to is None:
        raise click.UsageError("Say who gets it: --to KEY.")
    with database.begin(DEADLINE_S) as db:
        given = reassign_leads(
            db,
            lead_id=lead_meant(db, lead),
            to=to,
            reason=asked["reason"] or "",
            by=system_user(),
            notify=notify,
            counts_as_turn=turn,
            now=clock.utc_now(),
        )
    before = "the pond" if given.from_ is None else given.from_
    moved = f"Lead {given.lead_id} went from {before} to {given.to}."
    click.echo(moved if given.changed else f"Lead {given.lead_id} is {given.to}'s already.")


def _many(database: Database, wanted: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    if (asked["to"] is None) == (asked["split"] is None):
        raise click.UsageError("Say who gets them: --to KEY, or --split ben=60,dee=40.")
    split = {asked["to"]: 1} if asked["split"] is None else asked["split"]
    with database.read(DEADLINE_S) as db:
        filter = _filter(db, wanted)
        preview = preview_bulk(db, filter=filter, split=split)
    show_preview(preview)
    if not _wants(preview.moving, asked):
        return
    values: dict[str, Any] = {"reason": asked["reason"] or "", "by": system_user(), "notify": not asked["silent"]}
    ref = _write(database, lambda db: plan_bulk(db, filter=filter, split=split, now=clock.utc_now(), **values))
    _carry_on(database, ref)


def _give_back(database: Database, agent: str, asked: Mapping[str, Any]) -> None:
    with database.read(DEADLINE_S) as db:
        found = preview_give_back(db, agent=agent, now=clock.utc_now())
    show_give_back(agent, found)
    if not _wants(found.count, asked):
        return
    values = {"reason": asked["reason"], "by": system_user(), "notify": not asked["silent"]}
    ref = _write(database, lambda db: plan_give_back(db, agent=agent, now=clock.utc_now(), **values))
    _carry_on(database, ref)


def _wants(count: int, asked: Mapping[str, Any]) -> bool:
    if asked["dry_run"] or count == 0:
        click.echo("Nothing was moved: this was a dry run." if asked["dry_run"] else "Nothing to move.")
        return False
    if not asked["yes"]:
        click.confirm("Move them?", abort=True)
    return True


def _carry_on(database: Database, ref: str) -> None:
    with database.read() as db:
        progress = progress_of(db, ref)
    with show_progress(progress.done + progress.left + progress.planned) as show:
        try:
            while True:
                progress = _write(database, lambda db: carry_on(db, ref, now=clock.utc_now()))
                show(progress.done + progress.left)
                if progress.is_finished:
                    break
        except KeyboardInterrupt:
            print_interrupted(ref)
            raise
    print_moved(progress)


def _undo(database: Database, ref: str) -> None:
    begin = True
    with database.read() as db:
        total = progress_of(db, ref).done
    with show_progress(total) as show:
        while True:
            undone = _write(database, partial(_undo_part, ref=ref, begin=begin))
            show(total - undone.remaining)
            begin = False
            if undone.is_finished:
                break
    print_undone(undone)


def _undo_part(db: Connection, *, ref: str, begin: bool) -> Undone:
    return undo_part(db, ref, by=system_user(), now=clock.utc_now(), begin=begin, limit=PART)


def _write(database: Database, act: Callable[[Connection], T]) -> T:
    """One transaction. Calls go first, so this waits; a part that was not committed is simply done again."""
    patience = Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        stop=stop_after_delay(BUSY_FOR_S),
        wait=wait_fixed(BUSY_WAIT_S),
        reraise=True,
    )
    for attempt in patience:
        with attempt, database.begin(DEADLINE_S) as db:
            done = act(db)
    return done


def _filter(db: Connection, wanted: Mapping[str, Any]) -> LeadFilter:
    """Days are the organisation's own, both included."""
    zone = read_directory(db).organisation.time_zone
    values = dict(wanted)
    if "stage" in values:
        values["stage"] = Stage(values["stage"].upper())
    if "created_after" in values:
        values["created_after"] = from_local(values["created_after"], zone)
    if "created_before" in values:
        day: datetime = values["created_before"]
        values["created_before"] = end_of_day(day.date(), zone) - timedelta(microseconds=1)
    return LeadFilter(**values)
