"""A test ring: an outbound call to an agent's phone or a fallback number, which a person answers by pressing 1."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches

from sqlalchemy import Connection

from sami.apply.items import new_item
from sami.audit.recording import record
from sami.domain.agents.verification import ENDED_BECAUSE, GIVEN_UP_AFTER, RINGS_PER_HOUR_MAX, RingState
from sami.domain.audit.entry import Verb
from sami.domain.delivery.carrier_words import CallStatus
from sami.domain.delivery.kinds import Kind
from sami.domain.language.actor import CALL, Actor, agent_by_text
from sami.domain.language.phone import E164, parse_phone, refusal
from sami.domain.organisation.document import Bot
from sami.errors import SamiError
from sami.store import verification as store
from sami.store import work
from sami.store.actors import actor_columns
from sami.store.facts import Directory, read_directory
from sami.store.people import find_agents, update_agent

_OPEN = (RingState.WAITING, RingState.RINGING)
_HOUR = timedelta(hours=1)


class UnknownPhone(SamiError):
    """There is no such agent or fallback number."""

    code = "unknown_phone"
    status = 404


class RingRefused(SamiError):
    """This phone cannot be test rung."""

    code = "ring_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose phone: an agent's by key, or, without one, a fallback number."""

    phone: E164
    name: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class TestRingPrompt:
    """What whoever picked up hears next."""

    ref: str
    bot: Bot | None
    organisation: str
    confirmed: bool


def subjects(directory: Directory) -> tuple[Subject, ...]:
    """Everybody whose phone a call may ring, agents first; each fallback number once."""
    agents = [Subject(E164(agent.phone), agent.name, agent.key) for agent in directory.file.agents]
    fallbacks = {
        number.phone: Subject(E164(number.phone), number.name or "Fallback number")
        for bot in directory.file.bots
        for number in bot.fallback
    }
    return (*agents, *fallbacks.values())


def find_subject(directory: Directory, written: str) -> Subject:
    """By an agent's key, or by a phone in any writing. Raises UnknownPhone."""
    known = subjects(directory)
    phone = parse_phone(written, directory.organisation.country)
    found = next((each for each in known if written == each.agent or phone == each.phone), None)
    if found is not None:
        return found
    keys = [each.agent for each in known if each.agent is not None]
    nearest = get_close_matches(written, keys, n=1)
    hint = f"Did you mean {nearest[0]}?" if nearest else "Give an agent's key, or a fallback number of a bot."
    raise UnknownPhone(f'No agent has the key "{written}", and no bot that fallback number. {hint}')


def ask_test_ring(db: Connection, subject: Subject, *, by: Actor, now: datetime) -> str:
    """The ring's name; the call is made after the commit. Raises RingRefused."""
    directory = read_directory(db)
    line = directory.staff_line
    if line is None:
        raise RingRefused("There is no line of ours to call from: add one to the organisation's file.")
    refused = refusal(subject.phone, frozenset({directory.organisation.country}))
    if refused is not None:
        raise RingRefused(f"{subject.phone} {refused}.")
    if store.count_test_rings(db, phone=subject.phone, since=now - _HOUR) >= RINGS_PER_HOUR_MAX:
        raise RingRefused(f"{subject.phone} was rung {RINGS_PER_HOUR_MAX} times within an hour; try again later.")
    ref = secrets.token_hex(8)
    store.insert_test_ring(
        db, ref=ref, phone=subject.phone, line=line, agent=subject.agent, asked_at=now, **actor_columns(by, "asked_by")
    )
    payload = {"ref": ref}
    work.insert_outbox_items(db, [new_item(Kind.TEST_RING, f"test_ring/{ref}", payload, due_at=now, now=now)])
    record(db, Verb.ASKED, "test_ring", subject.agent or subject.phone, by=by, now=now)
    return ref


def answer_test_ring(db: Connection, ref: str, call: str) -> TestRingPrompt:
    """Somebody, or something, picked up. Raises UnknownPhone for a ring that nobody asked for."""
    store.move_test_ring(db, ref, from_=_OPEN, to=RingState.RINGING, call=call)
    return _asked(db, ref, confirmed=False)


def press_key(db: Connection, ref: str, digits: str, now: datetime) -> TestRingPrompt:
    """1 verifies this phone; any other key is asked again."""
    confirmed = digits == "1"
    if confirmed and store.move_test_ring(db, ref, from_=_OPEN, to=RingState.CONFIRMED, ended_at=now):
        _verify(db, ref, now)
    return _asked(db, ref, confirmed=confirmed)


def end_test_ring(db: Connection, ref: str, status: CallStatus, now: datetime) -> None:
    """`status` is its last. A ring that was confirmed stays so."""
    fail_test_ring(db, ref, ENDED_BECAUSE.get(status, "it ended without an answer"), now)


def fail_test_ring(db: Connection, ref: str, why: str, now: datetime) -> None:
    store.move_test_ring(db, ref, from_=_OPEN, to=RingState.FAILED, why=why, ended_at=now)


def is_wanted(db: Connection, ref: str, now: datetime) -> bool:
    ring = store.find_test_ring(db, ref)
    return ring is not None and ring.state == RingState.WAITING and now - ring.asked_at < GIVEN_UP_AFTER


def _verify(db: Connection, ref: str, now: datetime) -> None:
    """An agent's, unless the phone is another by now: then this ring proved nothing about theirs."""
    ring = store.find_test_ring(db, ref)
    assert ring is not None, "it has just been moved"
    by = CALL if ring.agent is None else agent_by_text(ring.agent)
    record(db, Verb.CONFIRMED, "test_ring", ring.agent or ring.phone, after={"phone": ring.phone}, by=by, now=now)
    for agent in find_agents(db, keys=() if ring.agent is None else (ring.agent,)):
        if agent.phone == ring.phone:
            update_agent(db, agent.id, verified=True, verified_at=now)


def _asked(db: Connection, ref: str, *, confirmed: bool) -> TestRingPrompt:
    ring = store.find_test_ring(db, ref)
    if ring is None:
        raise UnknownPhone(f"nobody asked for the test ring {ref}")
    directory = read_directory(db)
    return TestRingPrompt(ref, directory.bot_of(ring.line), directory.organisation.name, confirmed)
