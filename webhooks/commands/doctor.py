"""`sami doctor`: is everything there that a call needs? One sentence each."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click
from rich.console import Console

from migrations import is_behind, newest_revision
from sami.domain.web_address import address_problem
from sami.leads import verify_history
from sami.mail import mail_problem
from sami.settings import Settings, SettingsError, load_settings
from sami.store.db import Database, DatabaseAway

HISTORIES_DEADLINE_S = 600.0
LEADS_NAMED = 5


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    sentence: str


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Say in sentences what is wrong, if anything."""
    checks = list(_examine())
    if as_json:
        click.echo(json.dumps({"ok": all(c.ok for c in checks), "checks": [asdict(c) for c in checks]}, indent=2))
    else:
        _print(checks)
    sys.exit(0 if all(check.ok for check in checks) else 1)


def _print(checks: list[Check]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for check in checks:
        console.print("ok   " if check.ok else "wrong", style="green" if check.ok else "bold red", end=" ")
        console.print(check.sentence)


def _examine() -> Iterator[Check]:
    try:
        settings = load_settings()
    except SettingsError as refusal:
        yield Check("settings", False, str(refusal))
        return
    yield Check("settings", True, "The settings can be used.")
    yield from _database(settings)
    yield from _twilio(settings)
    yield _fallback(settings)
    yield from _notices(settings)


def _database(settings: Settings) -> Iterator[Check]:
    database = Database(settings.database_url)
    try:
        revision = database.revision()
        yield _standing(revision)
        if not is_behind(revision):
            yield _histories(database)
    except DatabaseAway as away:
        yield Check("database", False, f"{away} `sami migrate` makes an embedded database.")
    finally:
        database.close()


def _standing(revision: str | None) -> Check:
    if is_behind(revision):
        sentence = f"The database stands at {revision or 'nothing'}, behind {newest_revision()}: run `sami migrate`."
        return Check("database", False, sentence)
    return Check("database", True, f"The database answers and stands at {revision}.")


def _histories(database: Database) -> Check:
    """Of every lead (R14); a million changes take about a minute."""
    with database.read(HISTORIES_DEADLINE_S) as db:
        broken = verify_history(db)
    if not broken:
        return Check("histories", True, "The history of every lead leads to its owner of today, as it was written.")
    named = ", ".join(str(found.lead_id) for found in broken[:LEADS_NAMED])
    more = f" and {len(broken) - LEADS_NAMED} more" if len(broken) > LEADS_NAMED else ""
    sentence = (
        f"Histories were changed behind our back, of {len(broken)} lead(s): {named}{more}. `sami why LEAD` says how."
    )
    return Check("histories", False, sentence)


def _twilio(settings: Settings) -> Iterator[Check]:
    twilio = settings.twilio
    if twilio.auth_tokens and twilio.account_sid:
        yield Check("twilio", True, "An account and its auth token are set.")
    else:
        missing = "twilio.account_sid" if twilio.auth_tokens else "twilio.auth_tokens"
        yield Check("twilio", False, f"{missing} is empty: legs, texts and calls cannot be created.")
    if not twilio.validate_signatures:
        yield Check("signatures", False, "twilio.validate_signatures is off: anybody can send us webhooks.")
    if not settings.server.public_url:
        yield Check("public_url", False, "server.public_url is empty: signatures are checked against a local address.")


def _notices(settings: Settings) -> Iterator[Check]:
    """Only what is set: nobody needs e-mail or Slack."""
    if settings.mail.host:
        problem = mail_problem(settings.mail)
        sentence = f"mail: {problem}." if problem else f"The mail server {settings.mail.host} lets us in."
        yield Check("mail", problem is None, sentence)
    url = settings.notices.slack_url.get_secret_value()
    if url:
        problem = address_problem(url, frozenset(settings.notices.allow_hosts))
        yield Check("slack", problem is None, f"notices.slack_url {problem or 'is an address that can be posted to'}.")


def _fallback(settings: Settings) -> Check:
    if settings.fallback.numbers:
        return Check("fallback", True, f"{len(settings.fallback.numbers)} fallback number(s) catch what fails.")
    return Check("fallback", False, "fallback.numbers is empty: when all else is down, callers reach voicemail only.")
