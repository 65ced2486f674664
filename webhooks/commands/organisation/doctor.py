"""`sami doctor`: is everything there that a call needs? The service is asked, and answers in a sentence each."""

import json
import sys
from contextlib import closing
from dataclasses import asdict

import click
from rich.console import Console

from migrations import newest_revision
from sami import clock, logs
from sami.carriers.twilio import Carrier
from sami.database.engine import Database
from sami.doctor.check import Check, wrong
from sami.doctor.examining import Examination, examine
from sami.settings.loading import SettingsError, load_settings

DEADLINE_S = 600.0
_STYLES = {"ok": "green", "advice": "yellow", "wrong": "bold red"}


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Ask settings, database, Twilio, the public address and the work what is wrong, and say how to mend it.

    Each answer is ok, advice or wrong. Ends with 1 only where something is wrong.
    """
    checks = examined()
    if as_json:
        told = [{**asdict(check), "ok": check.ok} for check in checks]
        click.echo(json.dumps({"ok": all(check.ok for check in checks), "checks": told}, indent=2))
    else:
        print_checks(checks)
    sys.exit(0 if all(check.ok for check in checks) else 1)


def examined() -> list[Check]:
    try:
        settings = load_settings()
    except SettingsError as refusal:
        return [wrong("settings", str(refusal), "config.example.toml shows every setting.")]
    logs.configure_logs("ERROR", settings.logs.format)
    with closing(Database(settings.database_url)) as database:
        carrier = Carrier(settings.twilio)
        return examine(Examination(settings, database, carrier, newest_revision(), clock.utc_now(), DEADLINE_S))


def print_checks(checks: list[Check]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for check in checks:
        console.print(f"{check.level:<6}", style=_STYLES[check.level], end=" ")
        console.print(f"{check.sentence} {check.remedy}".rstrip())
