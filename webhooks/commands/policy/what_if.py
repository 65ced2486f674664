"""`sami what-if`: who would get this lead now, by the policy in force or by another, and why not the others."""

import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from sami.assignment.what_if import what_if as decide
from sami.domain.assignment.owner import Assignment
from sami.domain.assignment.policy import Policy
from sami.domain.language.phone import area_code_of, parse_phone
from sami.domain.language.trace import SENTENCES, Decision
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.once_attributes import moved
from sami.store.facts import Directory, read_directory
from sami.store.leads import find_lead
from sami.store.ownership import inquiry_of
from sami.store.policies import policy_in_force
from sami.store.texts import consent_of
from sami.views.decision import trace_document
from webhooks.commands.policy.trial import policy_meant
from webhooks.commands.shared.lead_options import said_options
from webhooks.commands.shared.output import print_json
from webhooks.commands.shared.policy_versions import as_json_option, printing_faults, reading


@click.command(name="what-if")
@click.argument("lead", type=int, required=False)
@said_options
@click.option("--phone", help="In E.164 or as it is written here.")
@click.option("--score", type=int)
@click.option("--tag", "tags", multiple=True, help="May be given several times.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="May be given several times.")
@click.option("--policy", "written", metavar="DRAFT", help="A TOML file, a draft's name or a version's number.")
@as_json_option
def what_if(
    lead: int | None,
    phone: str | None,
    tags: tuple[str, ...],
    attributes: tuple[str, ...],
    written: str | None,
    as_json: bool,
    **said: Any,
) -> None:
    """Say who would get a lead now, and why not the others. Nothing is written, and nobody's turn is taken.

    LEAD is the number of a lead that is stored; options change what it says. Without LEAD the options say it all.
    """
    with printing_faults("nothing was tried."), reading() as (db, now):
        directory = read_directory(db)
        inquiry = _changed(_stored(db, lead, now), phone, tags, attributes, said, directory)
        decision = decide(db, inquiry, _policy(db, written, now), directory, now)
    print_json(_document(decision)) if as_json else _tell(decision)


def _policy(db: Connection, written: str | None, now: datetime) -> Policy | None:
    if written is not None:
        return policy_meant(db, written)
    found = policy_in_force(db, now)
    return None if found is None else found[1]


def _stored(db: Connection, lead: int | None, now: datetime) -> Inquiry:
    if lead is None:
        return Inquiry()
    row = find_lead(db, lead)
    if row is None:
        click.echo(f"No lead {lead} is known here.", err=True)
        sys.exit(1)
    opted_out = row.phone is not None and consent_of(db, row.phone) == "opted_out"
    return inquiry_of(row, opted_out=opted_out, at=now)


def _changed(
    inquiry: Inquiry,
    phone: str | None,
    tags: tuple[str, ...],
    attributes: tuple[str, ...],
    said: dict[str, Any],
    directory: Directory,
) -> Inquiry:
    changes = {name: value for name, value in said.items() if value is not None}
    if phone is not None:
        read = parse_phone(phone, directory.organisation.country)
        if read is None:
            raise click.UsageError(f"{phone} cannot be read as a phone. Write it like +15125550142.")
        changes |= {"phone": read, "area_code": area_code_of(read)}
    pairs = [pair.partition("=") for pair in attributes]
    if any(not separator or not name for name, separator, _ in pairs):
        raise click.UsageError("An attribute is written NAME=VALUE.")
    told, others = moved({name: value for name, _, value in pairs})
    changes = {**told, **changes, "attributes": {**inquiry.attributes, **others}}
    return replace(inquiry, **changes, tags=tags or inquiry.tags)


def _tell(decision: Decision[Assignment]) -> None:
    chosen = decision.chosen
    click.echo(f"{chosen.owner} would get it." if chosen.owner else f"The pond: {chosen.unowned_reason}.")
    for found in decision.trace:
        detail = f" ({found.detail})" if found.detail else ""
        click.echo(f"  {'+' if found.passed else '-'} {found.subject}: {SENTENCES[found.reason]}{detail}")


def _document(decision: Decision[Assignment]) -> dict[str, Any]:
    rule = decision.chosen.rule
    return {
        "owner": decision.chosen.owner,
        "unowned_reason": decision.chosen.unowned_reason,
        "rule": None if rule is None else rule.written,
        "trace": trace_document(decision.trace),
    }
