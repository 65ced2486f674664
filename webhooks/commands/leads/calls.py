"""`sami calls`: which calls there were, by line, agent, outcome, how a ring ended, gate, lead and period."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.calls.refused_agents import GATES_OF_CALLS
from sami.domain.language.durations import format_seconds
from sami.domain.language.local_time import Clock
from sami.domain.language.phone import parse_phone
from sami.domain.leads.outcome import Outcome
from sami.store.facts import read_directory
from sami.views.call_document import head_document
from sami.views.call_list import CallsAsked, call_heads, find_calls
from sami.views.call_story import CallHead
from webhooks.commands.leads.find_lead import lead_meant
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.policy_versions import as_json_option, reading
from webhooks.commands.shared.terminal import printable

PAGE, PAGE_MAX = 50, 200
_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


def _one_of(values: list[str]) -> click.Choice[str]:
    return click.Choice(sorted(values))


@click.command
@click.option("--line", metavar="PHONE", help="To this number of ours.")
@click.option("--agent", metavar="KEY", help="In which this agent was rung; with --attempt: and whose ring ended so.")
@click.option("--outcome", type=_one_of([outcome.value for outcome in Outcome]), help="What it came to.")
@click.option("--attempt", type=_one_of([end.value for end in AttemptEnd]), help="How the ring of a phone ended.")
@click.option("--gate", type=_one_of([gate.value for gate in GATES_OF_CALLS]), help="It kept somebody from ringing.")
@click.option("--lead", metavar="LEAD", help="Of this lead, by number or phone.")
@click.option("--from", "since", type=_DAY, metavar="DATE", help="Of this day (UTC) and later, such as 2026-11-16.")
@click.option("--to", "until", type=_DAY, metavar="DATE", help="Of days before this one.")
@click.option("--limit", type=click.IntRange(1, PAGE_MAX), default=PAGE, show_default=True, help="How many at once.")
@click.option(
    "--before", type=click.IntRange(0), default=0, metavar="NUMBER", help="The next page, as the last named it."
)
@as_json_option
def calls(
    line: str | None,
    agent: str | None,
    outcome: str | None,
    attempt: str | None,
    gate: str | None,
    lead: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    before: int,
    as_json: bool,
) -> None:
    """List calls, the newest first, page by page. Every filter that is given must fit; `sami why CALL` tells of one."""
    with reading() as (db, now):
        directory = read_directory(db)
        asked = CallsAsked(
            line=None if line is None else _phone(line, directory.organisation.country),
            agent=agent,
            outcome=None if outcome is None else Outcome(outcome),
            ended=None if attempt is None else AttemptEnd(attempt),
            gate=gate,
            lead=None if lead is None else lead_meant(db, lead),
            since=None if since is None else since.replace(tzinfo=UTC),
            until=None if until is None else until.replace(tzinfo=UTC),
        )
        found = find_calls(db, asked, before=before, limit=limit)
        heads = call_heads(db, found)
    if as_json:
        print_json({"calls": [head_document(call) for call in heads]})
    else:
        _tell(heads, directory.clock(now), limit)


def _phone(written: str, country: str) -> str:
    phone = parse_phone(written, country)
    if phone is None:
        raise click.BadParameter("is not a phone number; write it in E.164", param_hint="--line")
    return phone


def _tell(found: list[CallHead], clock: Clock, limit: int) -> None:
    if not found:
        click.echo("No call fits.")
        return
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table("number", "at", "caller", "line", "came to", "waited", "call", box=None, padding=(0, 2, 0, 0))
    for call in found:
        caller = call.lead.name if call.lead is not None and call.lead.name else call.caller or "withheld"
        came_to = "talking" if call.is_talking else call.outcome or call.state
        waited = "" if call.wait_s is None else format_seconds(call.wait_s)
        at = clock.note(call.arrived_at)
        table.add_row(f"C{call.number}", at, printable(caller), call.line, str(came_to), waited, call.sid)
    console.print(table)
    if len(found) == limit:
        click.echo(f"The next page: --before {found[-1].number}")
