"""All that is looked at, as a person would: the settings, the database and what it knows, then everything outside."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from sami import logs
from sami.carriers.twilio import Carrier
from sami.database.away import DatabaseAway
from sami.database.engine import Database
from sami.doctor.audit import check_audit
from sami.doctor.check import Check, fine, wrong
from sami.doctor.histories import check_histories
from sami.doctor.limits import check_limits
from sami.doctor.lines import check_ends, check_fallback
from sami.doctor.notices import check_notices
from sami.doctor.people import check_duty, check_organisation
from sami.doctor.phones import NAME as PHONES
from sami.doctor.phones import check_phones
from sami.doctor.public_address import check_public_address
from sami.doctor.storage import check_database, check_files, check_revision
from sami.doctor.twilio_account import check_account
from sami.doctor.webhooks import check_refused_webhooks
from sami.doctor.working import check_work
from sami.settings.loading import Settings
from sami.store.facts import EMPTY, Directory, read_directory
from sami.store.lines import connected_by_us

Look = Callable[[], Iterable[Check]]

_log = logs.logger(__name__)


@dataclass(frozen=True, slots=True)
class Examination:
    """Of what, at which instant. `deadline_s` is for what reads all of a table: histories and the audit."""

    settings: Settings
    database: Database
    carrier: Carrier
    newest_revision: str | None
    now: datetime
    deadline_s: float


def examine(asked: Examination) -> list[Check]:
    """Whom no call rings stands last."""
    settings, now = asked.settings, asked.now
    found = [fine("settings", "The settings can be used."), *_check_signatures(settings)]
    of_database, directory, connected = _look_into_database(asked)
    found += of_database
    outside: dict[str, Look] = {
        "data_dir": lambda: check_files(settings),
        "fallback": lambda: check_fallback(settings, directory),
        "twilio": lambda: check_account(settings, asked.carrier, directory, connected, now),
        "public_url": lambda: check_public_address(settings),
        "notices": lambda: check_notices(settings),
    }
    for name, look in outside.items():
        found += _looked_at(name, look)
    return sorted(found, key=lambda check: check.name == PHONES)


def _check_signatures(settings: Settings) -> Iterator[Check]:
    if not settings.twilio.validate_signatures:
        sentence = "twilio.validate_signatures is off: anybody can send us webhooks."
        yield wrong("signatures", sentence, "Remove it, and start SAMI again.")


def _look_into_database(asked: Examination) -> tuple[list[Check], Directory, frozenset[str]]:
    """What it says of itself; the organisation in it and the lines we connected are for the questions that follow."""
    try:
        standing = check_revision(asked.database.revision(), asked.newest_revision)
        if not standing.ok:
            return [standing], EMPTY, frozenset()
        with asked.database.read() as db:
            directory, connected = read_directory(db), frozenset(connected_by_us(db))
    except DatabaseAway as away:
        remedy = "Start the database, or correct database.url; `sami migrate` makes an embedded one."
        return [wrong("database", str(away), remedy)], EMPTY, frozenset()
    found = [standing]
    for name, look in _looks_into(asked, directory).items():
        found += _looked_at(name, lambda look=look: _read(asked, look))  # type: ignore[misc]
    return found, directory, connected


def _looks_into(asked: Examination, directory: Directory) -> dict[str, Callable[[Connection], Iterable[Check]]]:
    settings, now = asked.settings, asked.now
    return {
        "backup": lambda db: check_database(db, settings, now),
        "histories": check_histories,
        "audit": check_audit,
        "organisation": lambda _: check_organisation(directory),
        "lines": lambda _: check_ends(settings, directory),
        "duty": lambda db: check_duty(db, directory, now),
        "worker": lambda db: check_work(db, now),
        "webhooks": lambda db: check_refused_webhooks(db, now),
        "limits": check_limits,
        PHONES: lambda db: check_phones(db, now),
    }


def _read(asked: Examination, look: Callable[[Connection], Iterable[Check]]) -> list[Check]:
    with asked.database.read(asked.deadline_s) as db:
        return list(look(db))


def _looked_at(name: str, look: Look) -> list[Check]:
    """One look that fails is told, and does not keep the others from being taken."""
    try:
        return list(look())
    except DatabaseAway as away:
        return [wrong(name, f"This could not be looked at: {away}", "Ask again once the database answers.")]
    except Exception as failure:
        _log.exception("A look of the doctor's failed.", look=name)
        return [wrong(name, f"This could not be looked at ({type(failure).__name__}).", "The log says why.")]
