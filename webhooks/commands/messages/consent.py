"""`sami consent`: whether and how a phone may be contacted, why, and since when; lists in and proof out."""

import sys
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, Row

from sami.consent import ledger
from sami.consent.by_hand import bar_by_hand, free_by_hand
from sami.domain.language.hours import from_local
from sami.domain.language.phone import E164, parse_phone
from sami.errors import SamiError
from sami.store.consents import bars_of, changes_of, find_consent
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from webhooks.commands.leads.find_lead import is_lead_number, lead_meant
from webhooks.commands.messages.consent_files import CHANNELS, export_proof, import_list
from webhooks.commands.shared.output import instant, minute, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user
from webhooks.commands.shared.terminal import printable


class NoPhone(SamiError):
    """This is neither a phone nor a lead with one."""

    code = "no_phone"
    status = 422


@click.group
def consent() -> None:
    """Show, change, import and export whether and how phones may be contacted."""


@consent.command
@click.argument("who", metavar="PHONE|LEAD")
@as_json_option
def show(who: str, as_json: bool) -> None:
    """Say what PHONE, or the phone of LEAD, permits, with every change that led there."""
    with reading() as (db, now):
        phone = _phone_meant(db, who)
        said, bars, changes = find_consent(db, phone), bars_of(db, phone), changes_of(db, phone)
    if as_json:
        print_json(_document(phone, said, bars, changes))
        return
    click.echo(f"{phone}: {_stands(said, bars, now)}.")
    for row in changes:
        click.echo(f"  {minute(row.at)}  {_change(row)}, by {printable(row.source)}{_words(row)}")


@consent.command("set")
@click.argument("who", metavar="PHONE|LEAD")
@click.option("--channel", type=click.Choice(list(CHANNELS)), default="all", show_default=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The first day on which it may be used again.")
@click.option("--lift", is_flag=True, help="It may be used again from now on.")
@click.option("--why", required=True, help="It stays in the ledger.")
def set_consent(who: str, channel: str, until: datetime | None, lift: bool, why: str) -> None:
    """Do not text or call PHONE, or the phone of LEAD: for good, or until a day.

    What the person said themselves, such as STOP, is theirs to take back, and --lift leaves it as it is.
    """
    if lift and until is not None:
        raise click.UsageError("Say either --until or --lift.")
    with writing() as (db, now):
        phone = _phone_meant(db, who)
        ends_at = None if until is None else from_local(until, read_directory(db).organisation.time_zone)
        if ends_at is not None and ends_at <= now:
            raise click.BadParameter("This day is over; name a later one, or --lift.", param_hint="--until")
        channels, by = CHANNELS[channel], system_user()
        said: Any = {"source": f"sami consent, {by}", "why": why, "by": by, "now": now}
        if not lift:
            bar_by_hand(db, phone, channels, until=ends_at, **said)
        elif not free_by_hand(db, phone, channels, **said):
            click.echo(f"{phone} was not barred.", err=True)
            sys.exit(1)
        stands = _stands(find_consent(db, phone), bars_of(db, phone), now)
    click.echo(f"{phone}: {stands}.")


consent.add_command(import_list)
consent.add_command(export_proof)


def _phone_meant(db: Connection, written: str) -> E164:
    """Raises NoSuchLead or NoPhone."""
    if is_lead_number(written):
        lead = find_lead(db, lead_meant(db, written))
        if lead is None or lead.phone is None:
            raise NoPhone
        return E164(lead.phone)
    phone = parse_phone(written, read_directory(db).organisation.country)
    if phone is None:
        raise NoPhone
    return phone


def _stands(said: Row[Any] | None, bars: list[Row[Any]], now: datetime) -> str:
    told = ["opted out of every channel"] if said is not None and said.state == "opted_out" else []
    told += ["opted in"] if said is not None and said.state == "opted_in" else []
    told += [f"no {row.channel}s {_end(row.until)}" for row in bars if row.until is None or row.until > now]
    return ", ".join(told) or "nothing was ever said, and nothing is barred"


def _change(row: Row[Any]) -> str:
    what = str(row.state).replace("_", " ")
    channel = "" if row.channel is None else f" ({row.channel})"
    return f"{what}{channel}{f' {_end(row.until)}' if row.state == ledger.BARRED else ''}"


def _end(until: datetime | None) -> str:
    return "for good" if until is None else f"until {minute(until)}"


def _words(row: Row[Any]) -> str:
    return "" if row.words is None else f': "{printable(row.words)}"'


def _document(phone: str, said: Row[Any] | None, bars: list[Row[Any]], changes: list[Row[Any]]) -> dict[str, Any]:
    return {
        "phone": phone,
        "consent": None if said is None else said.state,
        "source": None if said is None else said.source,
        "changed_at": None if said is None else instant(said.changed_at),
        "barred": [
            {"channel": row.channel, "until": instant(row.until), "source": row.source, "at": instant(row.at)}
            for row in bars
        ],
        "changes": [
            {
                "change": row.state,
                "channel": row.channel,
                "until": instant(row.until),
                "source": row.source,
                "words": row.words,
                "at": instant(row.at),
            }
            for row in changes
        ],
    }
