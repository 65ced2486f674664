"""`sami backup`: the whole database as one file, while calls are answered."""

from pathlib import Path

import click

from sami import clock
from sami.backups.taking import file_name, remove_old_backups, take_backup
from sami.settings.loading import load_settings
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.system_user import system_user

KEEP = 7


@click.command
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=KEEP,
    show_default=True,
    help="How many stay in the folder of backups; not asked where FILE is given.",
)
def backup(file: Path | None, keep: int) -> None:
    """Write the whole database into one file, while SAMI runs.

    Without FILE it goes into `backups` below server.data_dir, named by its time. Copy it to another machine: it holds
    whatever SAMI knows, so whoever has it has that too.
    """
    now, folder = clock.utc_now(), load_settings().server.data_dir / "backups"
    path = file or folder / file_name(now)
    with opened_database() as database:
        manifest = take_backup(database, path, by=system_user(), now=now)
    click.echo(f"{manifest.rows} rows of {manifest.taken_at} are in {path}.")
    if file is None:
        for old in remove_old_backups(folder, keep=keep):
            click.echo(f"Removed {old.name}, of which there are {keep} newer.")
    click.echo(f"Prove that it can be restored: sami restore {path} --verify")
