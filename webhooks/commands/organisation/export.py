"""`sami export`: the organisation in force, as a file that `sami apply` reads."""

import click

from sami import clock
from sami.organisation.applying import export_text
from webhooks.commands.shared.opened import opened_database


@click.command
def export() -> None:
    """Print the whole organisation as TOML."""
    with opened_database() as database, database.read() as db:
        click.echo(export_text(db, clock.utc_now()), nl=False)
