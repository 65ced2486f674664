"""`sami notices`: what agents were told in the app."""

import click

from sami.errors import SamiError
from sami.store.notices import show_notices
from sami.store.pages import show_agent
from webhooks.commands.shared.output import instant, minute, print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading
from webhooks.commands.shared.terminal import printable

SHOWN_MAX = 200


class UnknownAgent(SamiError):
    """There is no such agent."""

    code = "unknown_agent"
    status = 404


@click.command
@click.argument("agent", required=False)
@click.option("--all", "read_too", is_flag=True, help="Also those that were read.")
@as_json_option
def notices(agent: str | None, read_too: bool, as_json: bool) -> None:
    """Show the notices in the app that AGENT, or anybody, has not read yet, the oldest first."""
    with reading() as (db, _):
        found = None if agent is None else show_agent(db, agent)
        if agent is not None and found is None:
            raise UnknownAgent(f"{agent}; write an agent's key.")
        agent_id = None if found is None else found.id
        rows = show_notices(db, agent_id=agent_id, unread=None if read_too else True, after=0, limit=SHOWN_MAX)
    if as_json:
        told = [
            {
                "id": row.id,
                "agent": row.agent_key,
                "body": row.body,
                "call": row.call,
                "lead": row.lead_id,
                "at": instant(row.at),
                "read_at": instant(row.read_at),
            }
            for row in rows
        ]
        print_json({"notices": told})
        return
    for row in rows:
        click.echo(printable(f"{row.id}  {minute(row.at)}  {row.agent_key}: {row.body}"))
    if not rows:
        click.echo("There is nothing to read.")
