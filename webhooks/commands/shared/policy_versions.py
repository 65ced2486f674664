"""What the commands of `sami policy` share: a database and an instant, a file, and how a version is told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from sami import clock
from sami.assignment.policies.publishing import Version
from sami.assignment.policies.reading import PolicyRefused, read_text
from sami.documents.checks.fault import Fault
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import instant, minute, print_faults, text_or_fault

DEADLINE_S = 30.0  # Nobody waits on a phone for this; a trial of many leads takes a while to count.

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
note_option = click.option("--note", required=True, help="Why, in a sentence: it stays with the version.")


@contextmanager
def reading() -> Iterator[tuple[Connection, datetime]]:
    with opened_database() as database, database.read(DEADLINE_S) as db:
        yield db, clock.utc_now()


@contextmanager
def writing() -> Iterator[tuple[Connection, datetime]]:
    with opened_database() as database, database.begin(DEADLINE_S) as db:
        yield db, clock.utc_now()


@contextmanager
def printing_faults(result: str) -> Iterator[None]:
    """A policy that is refused is told fault by fault, and ends the command with 1."""
    try:
        yield
    except PolicyRefused as refused:
        print_faults(refused.faults, result)
        sys.exit(1)


def document_in(file: Any) -> dict[str, Any]:
    text = text_or_fault(file.read())
    if isinstance(text, Fault):
        raise PolicyRefused([text])
    return read_text(text)


def number_in_force(versions: list[Version]) -> int | None:
    return next((entry.version for entry in versions if entry.state == "in force"), None)


def describe_version(entry: Version) -> str:
    since = minute(entry.effective_at)
    span = f"from {since}"
    if entry.ends_at is not None:
        span = f"{entry.share}% of the leads, {since} to {minute(entry.ends_at)}"
    return f"version {entry.version}, {entry.state}: {span}, by {entry.published_by}: {on_one_line(entry.note)}"


def on_one_line(note: str) -> str:
    """A program may have written it: it must not steer a terminal, nor end the comment above a printed policy."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in note).split())


def as_row(entry: Version) -> dict[str, Any]:
    instants = ("effective_at", "ends_at", "published_at")
    return {**asdict(entry), **{name: instant(getattr(entry, name)) for name in instants}}
