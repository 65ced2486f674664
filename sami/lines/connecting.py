"""A number announces its calls and texts to us, and what stood there before can be put back.

What stood there is committed before Twilio is asked, so that whatever happens meanwhile it is not lost.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sami.audit.recording import record
from sami.carriers.twilio import Carrier, CarrierError
from sami.carriers.twilio_account import Number, list_numbers, write_addresses
from sami.database.engine import Database
from sami.domain.audit.entry import Verb
from sami.domain.delivery.answers import Lost, why_not
from sami.domain.language.actor import Actor
from sami.domain.language.phone import parse_phone
from sami.domain.organisation.line_addresses import ASPECTS, compare_addresses, wanted_addresses
from sami.errors import SamiError
from sami.lines.comparing import Standing, compare_lines
from sami.store.facts import Directory, read_directory
from sami.store.lines import connected_by_us, forget_connection, remember_connection


class NoPublicAddress(SamiError):
    """server.public_url is empty, so there is no address to give to Twilio."""

    code = "no_public_address"
    status = 409


class NoSuchLine(SamiError):
    """There is no such line."""

    code = "no_such_line"
    status = 404


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one number."""

    phone: str
    ok: bool
    sentence: str


def read_standings(database: Database, carrier: Carrier, public_url: str) -> list[Standing]:
    """Raises CarrierError where Twilio does not answer."""
    numbers = list_numbers(carrier)
    with database.read() as db:
        return compare_lines(read_directory(db).file.lines, numbers, connected_by_us(db), public_url)


def connect_lines(
    database: Database, carrier: Carrier, public_url: str, phones: Iterable[str], *, by: Actor, now: datetime
) -> list[Written]:
    """These lines of ours as somebody wrote them, or all. One that Twilio refuses does not keep back the others."""
    if not public_url:
        raise NoPublicAddress("Set it to the https:// address under which Twilio reaches you.")
    with database.read() as db:
        directory = read_directory(db)
    ours = list(directory.lines)
    wanted = [_read(phone, directory) for phone in phones] or ours
    for phone in wanted:
        if phone not in ours:
            raise NoSuchLine(f"{phone} is no line of the organisation: give it a bot in its [[lines]] first.")
    there = {number.phone: number for number in list_numbers(carrier)}
    return [_connect(database, carrier, public_url, phone, there.get(phone), by, now) for phone in wanted]


def release_lines(
    database: Database, carrier: Carrier, public_url: str, phones: Iterable[str], *, by: Actor, now: datetime
) -> list[Written]:
    """These, or all that we ever connected: what stood there before stands there again."""
    with database.read() as db:
        connected, directory = connected_by_us(db), read_directory(db)
    wanted = [_read(phone, directory) for phone in phones] or list(connected)
    for phone in wanted:
        if phone not in connected:
            raise NoSuchLine(f"{phone} was not connected by `sami lines connect`, so nothing is remembered of it.")
    there = {number.phone: number for number in list_numbers(carrier)}
    released = []
    for phone in wanted:
        written = _release(carrier, public_url, phone, there.get(phone), connected[phone].before)
        if written.ok:
            with database.begin() as db:
                forget_connection(db, phone)
                record(db, Verb.RELEASED, "line", phone, by=by, now=now)
        released.append(written)
    return released


def _read(written: str, directory: Directory) -> str:
    phone = parse_phone(written, directory.organisation.country)
    if phone is None:
        raise NoSuchLine(f"{written} is no phone number; write it like +15125550100.")
    return phone


def _connect(
    database: Database, carrier: Carrier, public_url: str, phone: str, number: Number | None, by: Actor, now: datetime
) -> Written:
    if number is None:
        return Written(phone, False, f"{phone} is no number of the Twilio account.")
    wanted = wanted_addresses(public_url)
    changes = [aspect.name for aspect in compare_addresses(number.addresses, wanted) if not aspect.ok]
    if not changes:
        return Written(phone, True, f"{phone} is connected already.")
    with database.begin() as db:
        is_first = remember_connection(db, phone=phone, number_sid=number.sid, before=number.addresses, by=by, at=now)
        record(db, Verb.CONNECTED, "line", phone, after={"addresses": changes}, by=by, now=now)
    try:
        stands = write_addresses(carrier, number.sid, wanted).addresses
    except CarrierError as error:
        if is_first and not isinstance(error.answer, Lost):
            with database.begin() as db:
                forget_connection(db, phone)
        return Written(phone, False, f"{phone} was not connected: {why_not(error.answer)}.")
    left = [aspect for aspect in compare_addresses(stands, wanted) if not aspect.ok]
    if left:
        return Written(phone, False, f"{phone} was written, and Twilio still says: {left[0].name}: {left[0].why}.")
    return Written(phone, True, f"{phone} is connected: {', '.join(changes)}.")


def _release(
    carrier: Carrier, public_url: str, phone: str, number: Number | None, before: Mapping[str, str]
) -> Written:
    """What somebody changed since stays as they left it: only our own addresses make room for the earlier ones."""
    if number is not None:
        ours = [
            aspect.name for aspect in compare_addresses(number.addresses, wanted_addresses(public_url)) if aspect.ok
        ]
        settings = [setting for name in ours for setting in ASPECTS[name]]
        try:
            write_addresses(carrier, number.sid, {setting: before.get(setting, "") for setting in settings})
        except CarrierError as error:
            return Written(phone, False, f"{phone} was not released: {why_not(error.answer)}.")
    if number is None:
        return Written(phone, True, f"{phone} is no number of the Twilio account any more; it is forgotten.")
    return Written(phone, True, f"{phone} is released: what stood there before stands there again.")
