"""`sami doctor`: is everything there that a call needs? One sentence each."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.console import Console

from migrations import is_behind, newest_revision
from sami import clock
from sami.carriers.mail import mail_problem
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.doctor.audit import check_audit
from sami.doctor.check import Check, advice, fine, wrong
from sami.doctor.limits import check_limits
from sami.doctor.phones import NAME as PHONES
from sami.doctor.phones import check_phones
from sami.doctor.webhooks import check_refused_webhooks
from sami.domain.language.web_address import address_problem
from sami.leads.history import verify_history
from sami.settings.loading import Settings, SettingsError, load_settings

HISTORIES_DEADLINE_S = 600.0
LEADS_NAMED = 5
_STYLES = {"ok": "green", "advice": "yellow", "wrong": "bold red"}


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Say in sentences what is wrong, if anything."""
    checks = sorted(_examine(), key=lambda check: check.name == PHONES)  # Whom no call rings stands last.
    if as_json:
        told = [{**asdict(check), "ok": check.ok} for check in checks]
        click.echo(json.dumps({"ok": all(check.ok for check in checks), "checks": told}, indent=2))
    else:
        _print(checks)
    sys.exit(0 if all(check.ok for check in checks) else 1)


def _print(checks: list[Check]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for check in checks:
        console.print(f"{check.level:<6}", style=_STYLES[check.level], end=" ")
        console.print(f"{check.sentence} {check.remedy}".rstrip())


def _examine() -> Iterator[Check]:
    try:
        settings = load_settings()
    except SettingsError as refusal:
        yield wrong("settings", str(refusal))
        return
    yield fine("settings", "The settings can be used.")
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
            with database.read(HISTORIES_DEADLINE_S) as db:
                yield from check_audit(db)
            with database.read() as db:
                yield from check_phones(db, clock.utc_now())
                yield from check_refused_webhooks(db, clock.utc_now())
                yield from check_limits(db)
    except DatabaseAway as away:
        yield wrong("database", f"{away} `sami migrate` makes an embedded database.")
    finally:
        database.close()


def _standing(revision: str | None) -> Check:
    if is_behind(revision):
        sentence = f"The database stands at {revision or 'nothing'}, behind {newest_revision()}: run `sami migrate`."
        return wrong("database", sentence)
    return fine("database", f"The database answers and stands at {revision}.")


def _histories(database: Database) -> Check:
    """Checks the history of every lead (R14); a million changes take about a minute."""
    with database.read(HISTORIES_DEADLINE_S) as db:
        broken = verify_history(db)
    if not broken:
        return fine("histories", "The history of every lead leads to its owner of today, as it was written.")
    named = ", ".join(str(found.lead_id) for found in broken[:LEADS_NAMED])
    more = f" and {len(broken) - LEADS_NAMED} more" if len(broken) > LEADS_NAMED else ""
    sentence = (
        f"Histories were changed behind our back, of {len(broken)} lead(s): {named}{more}. `sami why LEAD` says how."
    )
    return wrong("histories", sentence)


def _twilio(settings: Settings) -> Iterator[Check]:
    twilio = settings.twilio
    if twilio.auth_tokens and twilio.account_sid:
        yield fine("twilio", "An account and its auth token are set.")
    else:
        missing = "twilio.account_sid" if twilio.auth_tokens else "twilio.auth_tokens"
        yield wrong("twilio", f"{missing} is empty: legs, texts and calls cannot be created.")
    if not twilio.validate_signatures:
        yield wrong("signatures", "twilio.validate_signatures is off: anybody can send us webhooks.")
    if not settings.server.public_url:
        yield wrong("public_url", "server.public_url is empty: signatures are checked against a local address.")
    elif settings.server.public_url.startswith("http://"):
        sentence = "server.public_url begins with http://: callers' names and words travel in the clear."
        yield advice("public_url", sentence, "Let the proxy speak TLS, and write https:// here and in Twilio.")


def _notices(settings: Settings) -> Iterator[Check]:
    """Only what is set: nobody needs e-mail or Slack."""
    if settings.mail.host:
        problem = mail_problem(settings.mail)
        sentence = f"mail: {problem}." if problem else f"The mail server {settings.mail.host} lets us in."
        yield Check("mail", "ok" if problem is None else "wrong", sentence)
    url = settings.notices.slack_url.get_secret_value()
    if url:
        problem = address_problem(url, frozenset(settings.notices.allow_hosts))
        sentence = f"notices.slack_url {problem or 'is an address that can be posted to'}."
        yield Check("slack", "ok" if problem is None else "wrong", sentence)


def _fallback(settings: Settings) -> Check:
    if settings.fallback.numbers:
        return fine("fallback", f"{len(settings.fallback.numbers)} fallback number(s) catch what fails.")
    return wrong("fallback", "fallback.numbers is empty: when all else is down, callers reach voicemail only.")
