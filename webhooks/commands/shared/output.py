"""How a command reads an admin's file, and tells faults and changes."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from sami.assignment.policies.publishing import Version
from sami.documents.change import Change
from sami.documents.checks.fault import Fault
from sami.domain.language.instants import rfc3339


def text_or_fault(content: bytes) -> str | Fault:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"the file is not UTF-8 at byte {error.start + 1}"
        return Fault("", "", "", place, "save it as UTF-8")


def print_faults(faults: Sequence[Fault], result: str) -> None:
    for fault in faults:
        click.echo(str(fault), err=True)
    click.echo(f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}; {result}", err=True)


def taking_effect(policy: Version) -> str:
    if policy.state == "in force":
        return f"Version {policy.version} of the policy is in force."
    return f"Version {policy.version} of the policy takes effect at {minute(policy.effective_at)}."


def minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def instant(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at, timespec="seconds")


def faults_as_rows(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    return [asdict(fault) for fault in faults]


def changes_as_rows(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [
        {
            "table": change.table,
            "row": change.row,
            "what": change.what,
            "field": change.field,
            "from": change.before,
            "to": change.after,
        }
        for change in changes
    ]


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
