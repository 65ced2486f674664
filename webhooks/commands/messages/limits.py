"""`sami limits`: whether what we say by ourselves to people outside is stopped, and the end of such a stop."""

import sys

import click

from sami.consent.caps import lift
from sami.domain.consent.caps import Spent
from sami.store.caps import standing_stops
from webhooks.commands.shared.output import instant, minute, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading, writing
from webhooks.commands.shared.system_user import system_user


@click.group(invoke_without_command=True)
@as_json_option
@click.pass_context
def limits(context: click.Context, as_json: bool) -> None:
    """Say whether texts or bot calls to leads are stopped, because a cap of [limits] on all of them was reached."""
    if context.invoked_subcommand is not None:
        return
    with reading() as (db, _):
        stops = standing_stops(db)
    if as_json:
        print_json({"stops": [{"kind": stop.kind, "why": stop.why, "at": instant(stop.at)} for stop in stops]})
        return
    for stop in stops:
        click.echo(f"{stop.kind.capitalize()} to leads are stopped since {minute(stop.at)}: {stop.why}.")
        click.echo(f"When you have seen who they went to: sami limits lift {stop.kind}")
    if not stops:
        click.echo("Nothing is stopped.")


@limits.command("lift")
@click.argument("kind", required=False, type=click.Choice([kind.value for kind in Spent]))
def lift_stop(kind: str | None) -> None:
    """Let texts or bot calls, or both, leave again, counted from nothing. What was held back since is not made up for,
    but for the steps of cadences.
    """
    kinds = tuple(Spent) if kind is None else (Spent(kind),)
    with writing() as (db, now):
        lifted = lift(db, kinds, by=system_user(), now=now)
    for name in lifted:
        click.echo(f"{name.capitalize()} to leads leave again.")
    if not lifted:
        click.echo("Nothing is stopped.", err=True)
        sys.exit(1)
