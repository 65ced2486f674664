"""The steps that are about the business: its name, its people, its fallback numbers, each phone rung once."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from sami import clock
from sami.agents.verification import RingRefused, ask_test_ring, find_subject
from sami.database.engine import Database
from sami.domain.language.phone import E164, parse_phone
from sami.organisation.applying import apply_rows
from sami.organisation.publishing import OrganisationRefused
from sami.organisation.setting import set_value
from sami.settings.loading import load_settings
from sami.store.facts import read_directory
from sami.store.people import newest_document, stored_agents
from sami.store.verification import confirmed_phones
from webhooks.commands.organisation.verify import wait_for_ring
from webhooks.commands.setup.asking import Asking, StepFailed
from webhooks.commands.setup.settings_file import SettingsKept
from webhooks.commands.shared.output import changes_as_rows
from webhooks.commands.shared.system_user import system_user

DEADLINE_S = 30.0


def name_organisation(
    asking: Asking, database: Database, name: str | None, country: str | None, zone: str | None
) -> None:
    asking.tell("The organisation")
    with database.read() as db:
        standing = read_directory(db)
    known = standing.organisation if standing.version is not None else None
    row = {
        "name": asking.text("Its name, as callers hear it", "--name", name, known.name if known else None),
        "country": asking.text("Its country", "--country", country, known.country if known else "US"),
        "time_zone": asking.text("Its time zone", "--time-zone", zone, known.time_zone if known else "America/Chicago"),
    }
    kept = {} if known is None else {key: value for key, value in _whole(database).items() if key not in row}
    add_rows(database, organisation={**kept, **row})


def add_agents(asking: Asking, database: Database, wanted: tuple[str, ...], *, rings: bool) -> None:
    """Written KEY=PHONE or KEY=PHONE=NAME. Whose phone is verified already is not rung again."""
    asking.tell("Who takes calls")
    rows = [_agent(written, database) for written in asking.several("KEY=PHONE=NAME (Enter ends)", wanted)]
    with database.read() as db:
        known = read_directory(db).agents
    add_rows(database, agents=[row for row in rows if row["key"] not in known])
    with database.read() as db:
        silent = [agent.key for agent in stored_agents(db).values() if agent.active and not agent.verified]
    if rings:
        _ring_all(asking, database, silent)


def add_fallbacks(
    asking: Asking, database: Database, kept: SettingsKept, wanted: tuple[str, ...], *, rings: bool
) -> None:
    """Written PHONE or PHONE=NAME: last in every bot without one, and in the deployment's own list."""
    asking.tell("Fallback numbers")
    given = [_fallback(written, database) for written in asking.several("PHONE=NAME (Enter ends)", wanted)]
    with database.read() as db:
        bots = read_directory(db).file.bots
    for bot in bots:
        here = {number.phone for number in bot.fallback}
        new = [row for row in given if row["phone"] not in here]
        for place, row in enumerate(new, len(bot.fallback) + 1):
            inline = ", ".join(f'{key} = "{value}"' for key, value in row.items())
            _set(database, f"bots.{bot.key}.fallback[{place}]", f"{{ {inline} }}")
    standing = list(load_settings().fallback.numbers)
    numbers = [*standing, *(row["phone"] for row in given if row["phone"] not in standing)]
    if numbers != standing:
        kept.keep("fallback", {"numbers": numbers})
    if not numbers:
        click.secho("Without one, callers reach voicemail alone when all else is down.", fg="yellow")
    if rings:
        with database.read() as db:
            confirmed = confirmed_phones(db)
        _ring_all(asking, database, [row["phone"] for row in given if row["phone"] not in confirmed])


def add_rows(database: Database, **tables: Any) -> None:
    """Rows of the file's tables, by table; what stands besides stays."""
    given = {table: rows for table, rows in tables.items() if rows}
    if not given:
        return
    try:
        with database.begin(DEADLINE_S) as db:
            applied = apply_rows(db, given, by=system_user(), now=clock.utc_now())
    except OrganisationRefused as refused:
        raise StepFailed(str(refused.detail)) from None
    for row in changes_as_rows(applied.changes):
        if row["what"] == "added":
            click.echo(f"Added {row['table']} {row['row']}".rstrip() + ".")


def _whole(database: Database) -> Mapping[str, Any]:
    with database.read() as db:
        _, document = newest_document(db) or (0, {})
    return dict(document.get("organisation", {}))


def _set(database: Database, path: str, value: str) -> None:
    try:
        with database.begin(DEADLINE_S) as db:
            set_value(db, path, value, by=system_user(), now=clock.utc_now())
    except OrganisationRefused as refused:
        raise StepFailed(str(refused.detail)) from None


def _agent(written: str, database: Database) -> dict[str, str]:
    key, _, rest = written.partition("=")
    phone, _, name = rest.partition("=")
    return {"key": key.strip(), "name": name.strip() or key.strip().title(), "phone": _phone(phone, database)}


def _fallback(written: str, database: Database) -> dict[str, str]:
    phone, _, name = written.partition("=")
    return {"phone": _phone(phone, database), "name": name.strip() or "Fallback number"}


def _phone(written: str, database: Database) -> E164:
    with database.read() as db:
        country = read_directory(db).organisation.country
    phone = parse_phone(written, country)
    if phone is None:
        raise StepFailed(f"{written} is no phone number; write it like +15125550101.")
    return phone


def _ring_all(asking: Asking, database: Database, who: Sequence[str]) -> None:
    """One after the other, because one person may hold them all. A worker makes the calls."""
    for one in who:
        asking.until_done(lambda one=one: _rung(database, one), "Press Enter to ring again (or write skip)")  # type: ignore[misc]


def _rung(database: Database, who: str) -> str | None:
    try:
        with database.begin() as db:
            subject = find_subject(read_directory(db), who)
            ref = ask_test_ring(db, subject, by=system_user(), now=clock.utc_now())
    except RingRefused as refused:
        return str(refused)
    click.echo(f"Ringing {subject.name}, {subject.phone}: pick up and press 1.")
    failed = wait_for_ring(database, ref)
    if failed is not None:
        return f"{subject.name} is not verified: {failed}."
    click.echo(f"Verified: calls may ring {subject.name}.")
    return None
