"""`sami verify WHO`: rings a phone, and whoever presses 1 has verified it."""

import sys
from collections.abc import Mapping
from datetime import datetime
from threading import Event
from typing import Any

import click
from sqlalchemy import Row

from sami import clock
from sami.agents.verification import Subject, ask_test_ring, find_subject, subjects
from sami.database.engine import Database
from sami.domain.agents.verification import RingState, is_stale
from sami.store.facts import read_directory
from sami.store.people import StoredAgent, stored_agents
from sami.store.verification import confirmed_phones, find_test_ring
from webhooks.commands.shared.opened import opened_database
from webhooks.commands.shared.output import minute
from webhooks.commands.shared.system_user import system_user

LOOK_EVERY_S = 0.3
TAKEN_UP_WITHIN_S = 15.0
ENDS_WITHIN_S = 90.0


@click.command
@click.argument("who", required=False)
@click.option("--no-wait", is_flag=True, help="Ask for the ring and end, without waiting for what comes of it.")
def verify(who: str | None, no_wait: bool) -> None:
    """Ring WHO, an agent's key or a fallback number, and ask for a 1. Without WHO: list whose phone is verified.

    A call rings an agent only once their phone is verified. A worker makes the call: `sami run` must be running.
    """
    with opened_database() as database:
        if who is None:
            _list(database)
            return
        with database.begin() as db:
            subject = find_subject(read_directory(db), who)
            ref = ask_test_ring(db, subject, by=system_user(), now=clock.utc_now())
        click.echo(f"Ringing {subject.name}, {subject.phone}: pick up and press 1.")
        if not no_wait:
            sys.exit(_wait(database, subject, ref))


def _wait(database: Database, subject: Subject, ref: str) -> int:
    failed = wait_for_ring(database, ref)
    if failed is None:
        click.echo(f"Verified: calls may ring {subject.name}.")
        return 0
    click.echo(f"Not verified: {failed}.", err=True)
    return 1


def wait_for_ring(database: Database, ref: str) -> str | None:
    """None once the phone is verified; else why it is not."""
    began, pause = clock.monotonic(), Event()
    while True:
        with database.read() as db:
            ring = find_test_ring(db, ref)
        assert ring is not None, "it was committed"
        waited_s = clock.monotonic() - began
        if ring.state == RingState.CONFIRMED:
            return None
        given_up = _given_up(ring, waited_s)
        if given_up is not None:
            return given_up
        pause.wait(LOOK_EVERY_S)


def _given_up(ring: Row[Any], waited_s: float) -> str | None:
    if ring.state == RingState.FAILED:
        return str(ring.why)
    if ring.state == RingState.WAITING and waited_s > TAKEN_UP_WITHIN_S:
        return "nobody made the call; is `sami run` or `sami worker` running, with an account of Twilio's"
    return "the call was made and nothing was heard of it" if waited_s > ENDS_WITHIN_S else None


def _list(database: Database) -> None:
    with database.read() as db:
        known, agents, confirmed = subjects(read_directory(db)), stored_agents(db), confirmed_phones(db)
    if not known:
        click.echo("There is no agent and no fallback number yet. Describe them in a file: `sami apply FILE`.")
    for subject in known:
        agent = None if subject.agent is None else agents.get(subject.agent)
        whose = f"{subject.agent or subject.phone:<16} {subject.name}, {subject.phone}"
        click.echo(f"{whose}: {_state(subject, agent, confirmed)}")


def _state(subject: Subject, agent: StoredAgent | None, confirmed: Mapping[str, datetime]) -> str:
    if agent is not None and not agent.verified:
        return f"not verified, so no call rings it; ring it with `sami verify {agent.key}`"
    at = confirmed.get(subject.phone) if agent is None else agent.verified_at
    if at is None:
        return "not verified; it rings all the same" if agent is None else "verified, as the file says"
    again = "; ring it once more" if is_stale(at, clock.utc_now()) else ""
    return f"verified by a test ring at {minute(at)}{again}"
