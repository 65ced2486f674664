"""`sami lines chain PHONE`: where a call to a line ends that nobody takes, stage by stage."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from sqlalchemy import Connection

from sami import clock
from sami.calls.chain import chain_of_line
from sami.calls.deployment import call_settings
from sami.domain.language.instants import rfc3339
from sami.domain.language.phone import parse_phone
from sami.domain.language.trace import SENTENCES, Reason
from sami.lines.connecting import NoSuchLine
from sami.settings.loading import load_settings
from sami.store.explanations import phones_of_agents
from sami.store.facts import read_directory
from sami.store.leads import find_lead
from sami.store.verification import confirmed_phones
from sami.views.chain import chain_document
from webhooks.commands.shared.opened import opened_database_or_demo
from webhooks.commands.shared.terminal import printable
from webhooks.commands.shared.when import WHEN, as_instant

_ENDS = {
    "voicemail": "Then the caller may leave a message.",
    "safety_net": "The safety net answers: the line has no bot.",
    "blocked": "This caller is blocked: they hear one sentence.",
}


@click.command("chain")
@click.argument("phone")
@click.option("--lead", type=int, help="The number of a lead who calls; without it: somebody new.")
@click.option("--at", type=WHEN, help="When, on our own clock.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def chain(phone: str, lead: int | None, at: datetime | None, as_json: bool) -> None:
    """Say who would ring for a call to PHONE, for how long, who would not and why, and where it ends.

    Decided as a call is; nobody is rung.
    """
    with opened_database_or_demo() as database, database.read() as db:
        document = _document(db, phone, lead, at)
    if as_json:
        click.echo(json.dumps(document, indent=2, ensure_ascii=False, default=_plain))
    else:
        _print(document)


def _document(db: Connection, written: str, lead: int | None, at: datetime | None) -> dict[str, Any]:
    organisation = read_directory(db)
    phone = parse_phone(written, organisation.organisation.country)
    line = None if phone is None else organisation.lines.get(phone)
    if line is None:
        raise NoSuchLine(f"{written} is none: {', '.join(organisation.lines) or 'there is none yet'}.")
    caller = None if lead is None else find_lead(db, lead)
    if lead is not None and caller is None:
        raise click.BadParameter(f"there is no lead {lead}", param_hint="--lead")
    when = as_instant(at, organisation.organisation.time_zone) or clock.utc_now()
    found = chain_of_line(db, line, lead=caller, settings=call_settings(load_settings()), at=when)
    return chain_document(found, agents=phones_of_agents(db), confirmed=confirmed_phones(db))


def _print(document: Mapping[str, Any]) -> None:
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    bot = document["bot"] or "no bot"
    console.print(f"{document['line']} {document['name']}, answered by {bot}", style="bold")
    for step in document["steps"]:
        rung = [one for one in step["who"] if one["gate"] is None]
        if step["seconds"] is not None:
            names = ", ".join(f"{one['name']} ({one['phone']})" for one in rung)
            console.print(f"{step['starts_s']:>4} s  {step['stage']}: {printable(names)}, up to {step['seconds']} s")
        elif step["gate"] is not None:
            console.print(f"{step['starts_s']:>4} s  {step['stage']}: {_why(step)}")
        for one in step["who"]:
            if one["gate"] is not None:
                console.print(f"           {printable(one['name'] or one['agent'])} {_why(one)}", style="dim")
    console.print(_ENDS[document["ends_in"]])
    for problem in document["problems"]:
        console.print(problem["sentence"], style="yellow")


def _why(refused: Mapping[str, Any]) -> str:
    detail = f" ({refused['detail']})" if refused["detail"] else ""
    return f"{SENTENCES[Reason(refused['gate'])]}{detail}"


def _plain(value: object) -> str:
    assert isinstance(value, datetime), "everything else is plain"
    return rfc3339(value)
