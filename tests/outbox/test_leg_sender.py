"""The web process's own thread: legs leave right after the commit, all at once, and nothing it meets ends it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sami.database.away import DatabaseAway
from sami.outbox.leg_sender import LegSender
from tests.support.services import ANA, BEN, Core

pytestmark = pytest.mark.races

SID = "CA" + "5" * 32
SOON_S = 10


@pytest.fixture
def sender(world: Core) -> Iterator[LegSender]:
    began = time.monotonic()
    sender = LegSender(world.here, lambda: world.now + timedelta(seconds=time.monotonic() - began))
    yield sender
    sender.stop()


def soon(is_true: Callable[[], bool]) -> bool:
    until = time.monotonic() + SOON_S
    while not is_true() and time.monotonic() < until:
        time.sleep(0.02)
    return is_true()


def created(world: Core, refs: list[str]) -> int:
    return sum(world.attempt(ref).leg_sid is not None for ref in refs)


def test_a_nudge_creates_every_leg_that_is_due(world: Core, sender: LegSender) -> None:
    refs = world.wait_in_queue(SID, ANA, BEN)
    world.want(*(world.leg(SID, ref, phone) for ref, phone in zip(refs, (ANA, BEN), strict=True)))
    sender.nudge()
    assert soon(lambda: created(world, refs) == 2)
    assert len(world.network.legs) == 2


def test_a_group_is_not_created_one_after_the_other(world: Core, sender: LegSender) -> None:
    refs = world.wait_in_queue(SID, ANA, BEN)
    both = threading.Barrier(2, timeout=SOON_S)
    create = world.here.carrier.create_call

    def create_together(**asked: object) -> str:
        both.wait()
        return create(**asked)  # type: ignore[arg-type]

    world.here.carrier.create_call = create_together  # type: ignore[method-assign,assignment]
    world.want(*(world.leg(SID, ref, phone) for ref, phone in zip(refs, (ANA, BEN), strict=True)))
    sender.nudge()
    assert soon(lambda: created(world, refs) == 2)


def test_a_leg_that_starts_later_needs_no_second_nudge(world: Core, sender: LegSender) -> None:
    (ref,) = world.wait_in_queue(SID, ANA)
    world.want(world.leg(SID, ref, ANA, due_at=world.now + timedelta(seconds=0.5)))
    sender.nudge()
    assert soon(lambda: created(world, [ref]) == 1)


def test_a_busy_account_is_asked_again_without_a_nudge(world: Core, sender: LegSender) -> None:
    refs = world.wait_in_queue(SID, ANA, BEN)
    world.network.rest.creates_per_s = 1
    world.want(*(world.leg(SID, ref, phone) for ref, phone in zip(refs, (ANA, BEN), strict=True)))
    sender.nudge()
    assert soon(lambda: created(world, refs) == 1)
    world.network.run(world.now + timedelta(seconds=2))
    assert soon(lambda: created(world, refs) == 2)


def test_an_absent_database_does_not_end_it(world: Core) -> None:
    class Away:
        def read(self) -> object:
            raise DatabaseAway("gone")

    sender = LegSender(replace(world.here, database=Away()))  # type: ignore[arg-type]
    sender.nudge()
    time.sleep(0.1)
    assert sender._thread is not None
    assert sender._thread.is_alive()
    sender.stop()


def test_a_sender_never_nudged_has_no_thread(world: Core) -> None:
    sender = LegSender(world.here)
    sender.stop()
    sender.nudge()
    assert sender._thread is None
