"""`sami block`: callers are kept out, listed, and let in again."""

from datetime import datetime

import click

from sami import clock
from sami.database.engine import Database
from sami.domain.language.phone import parse_phone
from sami.domain.organisation.blocked_callers import name_of
from sami.organisation.blocking import block, blocked_rows, unblock
from sami.organisation.publishing import OrganisationRefused
from sami.store.facts import read_directory
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import print_faults, print_json
from webhooks.commands.shared.system_user import system_user


@click.command("block")
@click.argument("phone", required=False)
@click.option("--prefix", help="Every number that begins so, like +1512555; six digits at least.")
@click.option("--withheld-on", metavar="LINE", help="Whoever withholds their number, on this line of ours.")
@click.option("--why", help="The reason, which `sami why` tells.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day, included. Without it: for good.")
@click.option("--lift", is_flag=True, help="Let them in again.")
@click.option("--json", "as_json", is_flag=True, help="Print all that stand then as one JSON document.")
def block_callers(
    phone: str | None,
    prefix: str | None,
    withheld_on: str | None,
    why: str | None,
    until: datetime | None,
    lift: bool,
    as_json: bool,
) -> None:
    """Keep a caller out: they hear one sentence, and nobody is rung or told. Without a PHONE or option: list them."""
    given = {"phone": phone, "prefix": prefix, "withheld_on": withheld_on}
    named = {name: value for name, value in given.items() if value is not None}
    if len(named) > 1:
        raise click.UsageError("Give a PHONE, or --prefix, or --withheld-on.")
    if lift and not named:
        raise click.UsageError("Say whom to let in again.")
    with opened_database() as database:
        if named:
            _change(database, named, why, until, lift=lift)
        _list(database, as_json=as_json)


def _change(database: Database, named: dict[str, str], why: str | None, until: datetime | None, *, lift: bool) -> None:
    with database.begin() as db:
        if "phone" in named:
            country = read_directory(db).organisation.country
            named = {"phone": parse_phone(named["phone"], country) or named["phone"]}
        if lift:
            unblock(db, next(iter(named.values())), by=system_user(), now=clock.utc_now())
            return
        row = {**named, "why": why, "until": None if until is None else until.date().isoformat()}
        try:
            block(db, row, by=system_user(), now=clock.utc_now())
        except OrganisationRefused as refused:
            print_faults(refused.faults, "nobody was blocked.")
            raise click.exceptions.Exit(1) from None


def _list(database: Database, *, as_json: bool) -> None:
    with database.read() as db:
        rows, blocked = blocked_rows(db), read_directory(db).file.blocked
    if as_json:
        print_json(rows)
        return
    if not blocked:
        click.echo("Nobody is blocked.")
    for one in blocked:
        end = f" until {one.until}" if one.until else ""
        click.echo(f"{name_of(one)}{end}: {one.why or 'no reason given'}")
