"""`sami setup`: the first live day, step by step. Each step is checked, can be repeated, and buys nothing."""

import click

from sami.database.engine import Database
from sami.settings.loading import load_settings
from sami.store.facts import read_directory
from webhooks.commands.organisation.doctor import examined, print_checks
from webhooks.commands.setup.account import connect_numbers, prove_address, try_account
from webhooks.commands.setup.asking import Asking
from webhooks.commands.setup.business import add_agents, add_fallbacks, name_organisation
from webhooks.commands.setup.own_call import walk_chain
from webhooks.commands.setup.settings_file import SettingsKept
from webhooks.commands.shared.opened import opened_database

CALL_WITHIN_S = 180.0


@click.command("setup")
@click.option("--name", help="How callers hear of you.")
@click.option("--country", help="Whose phone numbers are read and dialled, such as US.")
@click.option("--time-zone", help="Whose clock counts, such as America/Chicago.")
@click.option("--account-sid", help="Twilio's, AC...")
@click.option("--auth-token", envvar="SAMI_SETUP_AUTH_TOKEN", help="Twilio's; better given as SAMI_SETUP_AUTH_TOKEN.")
@click.option("--public-url", help="The address under which Twilio reaches us, https://...")
@click.option("--line", "lines", multiple=True, metavar="PHONE[=BOT]", help="A number of the account, and who answers.")
@click.option("--all-lines", is_flag=True, help="Every number of the account, answered by the bot main.")
@click.option("--agent", "agents", multiple=True, metavar="KEY=PHONE[=NAME]", help="Somebody who takes calls.")
@click.option("--fallback", "fallbacks", multiple=True, metavar="PHONE[=NAME]", help="A phone that is rung last.")
@click.option("--rings/--no-rings", default=True, help="Whether each phone is rung once, to press 1.")
@click.option("--call/--no-call", "own_call", default=None, help="Whether to wait for a call of your own to a line.")
@click.option("--print", "prints", is_flag=True, help="Print settings as lines of an environment, and write no file.")
def setup(
    name: str | None,
    country: str | None,
    time_zone: str | None,
    account_sid: str | None,
    auth_token: str | None,
    public_url: str | None,
    lines: tuple[str, ...],
    all_lines: bool,
    agents: tuple[str, ...],
    fallbacks: tuple[str, ...],
    rings: bool,
    own_call: bool | None,
    prints: bool,
) -> None:
    """Take the first live day step by step: Twilio, the public address, lines, people, a call of your own.

    What an option does not say is asked, or, where nobody sits at the terminal, refused. Run it again at any time: what
    is done stays done. Settings are written to config.toml, for you alone.
    """
    asking, kept = Asking(), SettingsKept(prints=prints)
    try_account(asking, kept, account_sid, auth_token)
    with opened_database() as database:
        name_organisation(asking, database, name, country, time_zone)
        prove_address(asking, kept, public_url)
        connect_numbers(asking, database, lines, all_numbers=all_lines)
        add_agents(asking, database, agents, rings=rings)
        add_fallbacks(asking, database, kept, fallbacks, rings=rings)
        if asking.attended if own_call is None else own_call:
            walk_chain(asking, database, _a_line(database), CALL_WITHIN_S)
    asking.tell("What is still missing")
    print_checks([check for check in examined() if check.level != "ok"])
    kept.tell()
    click.echo(
        f"SAMI answers at {load_settings().public_url} while `sami run` runs. `sami export` prints the organisation."
    )


def _a_line(database: Database) -> str | None:
    with database.read() as db:
        return next(iter(read_directory(db).lines), None)
