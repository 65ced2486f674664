"""`sami migrate`: the one command that changes tables."""

from importlib.metadata import version

import click

from migrations import newest_revision, upgrade
from sami.settings.loading import load_settings


@click.command
def migrate() -> None:
    """Bring the database to the newest migration; an embedded database is made if there is none."""
    upgrade(load_settings().database_url)
    revision = newest_revision() or "nothing: there is no migration yet"
    click.echo(f"The database stands at {revision}, as release {version('sami')} wants it.")
