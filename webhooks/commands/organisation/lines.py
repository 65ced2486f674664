"""`sami lines`: how our numbers stand at Twilio; connects them to us, and puts back what stood there before."""

import sys
from dataclasses import asdict

import click
from rich.console import Console

from sami import clock
from sami.carriers.twilio import Carrier
from sami.domain.organisation.line_addresses import LineState
from sami.lines.comparing import Standing
from sami.lines.connecting import Written, connect_lines, read_standings, release_lines
from sami.settings.loading import load_settings
from webhooks.commands.organisation.chain import chain
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.system_user import system_user

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
_STYLES = {LineState.CONNECTED: "green", LineState.UNKNOWN_HERE: "yellow"}
_REMEDIES = {
    LineState.NOT_CONNECTED: "`sami lines connect` writes our addresses into Twilio.",
    LineState.DRIFTED: "If that was not meant, `sami lines connect` puts our addresses back.",
    LineState.UNKNOWN_THERE: "Take it out of the file, or buy or port the number in Twilio's console.",
    LineState.UNKNOWN_HERE: "Give it a bot in the file ([[lines]]), apply that, and connect it.",
}


@click.group("lines", invoke_without_command=True)
@as_json_option
@click.pass_context
def lines(ctx: click.Context, as_json: bool) -> None:
    """Compare our lines with the numbers of the Twilio account. Ends with 1 where one of ours is not connected."""
    if ctx.invoked_subcommand is None:
        settings = load_settings()
        with opened_database() as database:
            standings = read_standings(database, Carrier(settings.twilio), settings.server.public_url)
        ok = all(standing.state in _STYLES for standing in standings)
        if as_json:
            print_json({"ok": ok, "lines": [_as_row(standing) for standing in standings]})
        else:
            _print(standings)
        sys.exit(0 if ok else 1)


@lines.command("connect")
@click.argument("phones", nargs=-1, metavar="[PHONE...]")
@as_json_option
def connect(phones: tuple[str, ...], as_json: bool) -> None:
    """Let these lines of ours, or all, announce calls and texts to us. What stood there before is remembered."""
    settings = load_settings()
    with opened_database() as database:
        carrier, by, now = Carrier(settings.twilio), system_user(), clock.utc_now()
        _tell(connect_lines(database, carrier, settings.server.public_url, phones, by=by, now=now), as_json)


@lines.command("release")
@click.argument("phones", nargs=-1, metavar="[PHONE...]")
@as_json_option
def release(phones: tuple[str, ...], as_json: bool) -> None:
    """Put back what stood there before, for these numbers or for all that were connected."""
    settings = load_settings()
    with opened_database() as database:
        carrier, by, now = Carrier(settings.twilio), system_user(), clock.utc_now()
        _tell(release_lines(database, carrier, settings.server.public_url, phones, by=by, now=now), as_json)


lines.add_command(chain)


def _tell(written: list[Written], as_json: bool) -> None:
    ok = all(one.ok for one in written)
    if as_json:
        print_json({"ok": ok, "lines": [asdict(one) for one in written]})
    else:
        for one in written:
            click.echo(one.sentence, err=not one.ok)
        if not written:
            click.echo("There is no line to do that with.")
    sys.exit(0 if ok else 1)


def _print(standings: list[Standing]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for standing in standings:
        console.print(str(standing), style=_STYLES.get(standing.state, "bold red"), end=" ")
        console.print(f"{standing.name}, bot {standing.bot}" if standing.bot else "")
    if not standings:
        console.print("There is no line in the file, and no number in the account.")
    for state in LineState:
        if state in _REMEDIES and any(standing.state is state for standing in standings):
            console.print(_REMEDIES[state])


def _as_row(standing: Standing) -> dict[str, object]:
    return {
        "phone": standing.phone,
        "name": standing.name,
        "bot": standing.bot,
        "state": standing.state.value,
        "addresses": [asdict(aspect) for aspect in standing.aspects],
    }
