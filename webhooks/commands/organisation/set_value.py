"""`sami set PATH VALUE`: one thing of the organisation is changed, and everything else stays as it is."""

import sys

import click

from sami import clock
from sami.organisation.publishing import OrganisationRefused
from sami.organisation.setting import set_value
from webhooks.commands.organisation.apply import DEADLINE_S, print_applied
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import print_faults
from webhooks.commands.shared.system_user import system_user


@click.command("set")
@click.argument("path")
@click.argument("value")
def set_one(path: str, value: str) -> None:
    """Set what stands at PATH to VALUE: sami set agents.ana.hours "Mo-Fr 10:00-19:00".

    PATH is a table, the key of a row and the key of a value; rows of inner lists are counted from one, as faults count
    them (bots.main.fallback[1].phone), and one place past the end adds. VALUE is as the file writes it; a text needs no
    quotation marks of its own.
    """
    try:
        with opened_database() as database, database.begin(DEADLINE_S) as db:
            applied = set_value(db, path, value, by=system_user(), now=clock.utc_now())
    except OrganisationRefused as refused:
        print_faults(refused.faults, "nothing was changed.")
        sys.exit(1)
    print_applied(applied, dry_run=False)
