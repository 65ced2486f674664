"""The steps that are about Twilio and our address there: the account, the public address, our numbers."""

from collections.abc import Iterable

import click
from pydantic import ValidationError

from sami import clock
from sami.carriers.twilio import Carrier, CarrierError
from sami.carriers.twilio_account import list_numbers, read_account
from sami.database.engine import Database
from sami.doctor.public_address import NAME as ADDRESS
from sami.doctor.public_address import ROUND_TRIP, check_public_address
from sami.domain.delivery.answers import why_not
from sami.lines.connecting import connect_lines
from sami.settings.loading import load_settings
from sami.settings.sections import ServerSettings, TwilioSettings
from sami.store.facts import read_directory
from webhooks.commands.setup.asking import Asking, StepFailed
from webhooks.commands.setup.business import add_rows
from webhooks.commands.setup.settings_file import SettingsKept
from webhooks.commands.shared.system_user import system_user

BOT = "main"
_CONSOLE = "Both stand on the first page of Twilio's console."


def try_account(asking: Asking, kept: SettingsKept, account_sid: str | None, auth_token: str | None) -> None:
    """Asked again until Twilio takes them; kept only then."""
    asking.tell("Twilio's account")
    standing = load_settings().twilio
    known = standing.auth_tokens[0].get_secret_value() if standing.auth_tokens else None
    while True:
        sid = asking.text("Account SID (AC...)", "--account-sid", account_sid, standing.account_sid or None)
        token = asking.text("Auth token", "SAMI_SETUP_AUTH_TOKEN", auth_token, known, secret=True)
        wrong = _refused(standing, sid, token)
        if wrong is None:
            break
        if not asking.attended:
            raise StepFailed(wrong)
        click.secho(wrong, fg="red", err=True)
        account_sid = auth_token = known = None
    others = [other.get_secret_value() for other in standing.auth_tokens if other.get_secret_value() != token]
    if (sid, token) != (standing.account_sid, known):
        kept.keep("twilio", {"account_sid": sid, "auth_tokens": [token, *others]})


def _refused(standing: TwilioSettings, sid: str, token: str) -> str | None:
    if not sid.startswith("AC"):
        return f"{sid[:2]}... names no account: an account's SID begins with AC. {_CONSOLE}"
    values = {**standing.model_dump(), "account_sid": sid, "auth_tokens": [token]}
    try:
        account = read_account(Carrier(TwilioSettings.model_validate(values)))
    except ValidationError:
        return f"That is no auth token. {_CONSOLE}"
    except CarrierError as error:
        return f"Twilio does not take them: {why_not(error.answer)}. {_CONSOLE}"
    click.echo(f"Twilio knows the account: {account.name}, {account.status}{', a trial' if account.is_trial else ''}.")
    return None


def prove_address(asking: Asking, kept: SettingsKept, public_url: str | None) -> None:
    asking.tell("The public address")
    standing = load_settings().server.public_url
    url = asking.text(
        "Address under which Twilio reaches us (https://...)", "--public-url", public_url, standing or None
    )
    try:
        ServerSettings(public_url=url)
    except ValidationError as refused:
        raise StepFailed(f"{url} {refused.errors()[0]['msg'].removeprefix('Value error, ')}.") from None
    if url.rstrip("/") != standing:
        kept.keep("server", {"public_url": url.rstrip("/")})
    asking.until_done(_unproven, "Start `sami run` in another terminal, then press Enter (or write skip)")


def _unproven() -> str | None:
    """What else is open at that address is told with all that is missing."""
    checks = [check for check in check_public_address(load_settings()) if check.name in (ADDRESS, ROUND_TRIP)]
    wrong = [check for check in checks if check.level == "wrong"]
    if wrong:
        return " ".join(f"{check.sentence} {check.remedy}" for check in wrong)
    click.echo(" ".join(check.sentence for check in checks))
    return None


def connect_numbers(asking: Asking, database: Database, wanted: Iterable[str], *, all_numbers: bool) -> None:
    """Each number of the account that is no line yet is given a bot; then all lines are connected."""
    asking.tell("Our lines")
    settings = load_settings()
    carrier = Carrier(settings.twilio)
    try:
        numbers = [number.phone for number in list_numbers(carrier)]
    except CarrierError as error:
        raise StepFailed(f"The numbers could not be listed: {why_not(error.answer)}.") from None
    given = dict(_line(written) for written in wanted)
    with database.read() as db:
        directory = read_directory(db)
    chosen = {}
    for phone in numbers:
        if phone not in directory.lines:
            default = BOT if all_numbers or asking.attended else "-"
            question = f"Which bot answers {phone}? (- for none)"
            chosen[phone] = asking.text(question, "--line", given.get(phone), default)
    lines = {phone: bot for phone, bot in chosen.items() if bot != "-"}
    bots = [
        {"key": bot, "greeting": _greeting(database)}
        for bot in dict.fromkeys(lines.values())
        if bot not in directory.bots
    ]
    has_staff = any(line.staff for line in directory.file.lines)
    rows = [
        {
            "phone": phone,
            "name": f"Line {phone[-4:]}",
            "bot": bot,
            "staff": not has_staff and phone == next(iter(lines)),
        }
        for phone, bot in lines.items()
    ]
    add_rows(database, bots=bots, lines=rows)
    written = connect_lines(database, carrier, settings.server.public_url, (), by=system_user(), now=clock.utc_now())
    for one in written:
        click.echo(one.sentence, err=not one.ok)
    failed = [one.phone for one in written if not one.ok]
    if failed or not written:
        raise StepFailed("No line is connected." if not written else f"Not connected: {', '.join(failed)}.")


def _greeting(database: Database) -> str:
    with database.read() as db:
        return f"Thanks for calling {read_directory(db).organisation.name}."


def _line(written: str) -> tuple[str, str]:
    phone, _, bot = written.partition("=")
    return phone, bot or BOT
