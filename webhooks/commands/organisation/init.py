"""`sami init`: an organisation's file to begin with, every key in it explained."""

from pathlib import Path

import click

from sami.documents.checks.known import country_problem
from sami.documents.template import Beginning, first_file
from sami.domain.language.hours import zone_problem
from sami.errors import SamiError

FILE = "organisation.toml"


class FileStands(SamiError):
    """There is such a file already."""

    code = "file_stands"


class NoBeginning(SamiError):
    """No file can begin so."""

    code = "no_beginning"


@click.command("init")
@click.argument("file", type=click.Path(path_type=Path), default=FILE)
@click.option("--name", default=Beginning().name, show_default=True, help="How callers hear of you.")
@click.option(
    "--country", default=Beginning().country, show_default=True, help="Whose phone numbers are read and dialled."
)
@click.option("--time-zone", default=Beginning().time_zone, show_default=True, help="Whose clock counts.")
def init(file: Path, name: str, country: str, time_zone: str) -> None:
    """Write FILE, or print it where FILE is -: people, numbers and what answers them, to be made yours and applied.

    It applies as it is. A file that is there is not written over.
    """
    wrong = country_problem(country) or zone_problem(time_zone)
    if wrong is not None:
        raise NoBeginning(str(wrong))
    text = first_file(Beginning(name, country, time_zone))
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as written:
            written.write(text)
    except FileExistsError:
        raise FileStands(f"{file} is left as it is; name another one.") from None
    click.echo(f"Wrote {file}. Make it yours, then: sami apply {file}")
