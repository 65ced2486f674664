"""`sami migrate`: the one command that changes tables."""

import click

from migrations import newest_revision, upgrade
from sami.settings import load_settings


@click.command
def migrate() -> None:
    """Bring the database to the newest migration; an embedded database is made if there is none."""
    upgrade(load_settings().database_url)
    click.echo(f"The database stands at {newest_revision() or 'nothing: there is no migration yet'}.")
