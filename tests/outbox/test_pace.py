"""Texts of cadences leave one after the other, from a line and from the account; other texts do not wait for them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import SendText
from sami.outbox.delivery import deliver
from sami.settings.sections import CadencesSettings
from sami.store import cadences, leads
from tests.support.services import LINE, Core

pytestmark = pytest.mark.races

OTHER_LINE = "+15125550110"
Wanted = Callable[..., SendText]


@pytest.fixture
def wanted(world: Core) -> Wanted:
    """A text of a cadence to a lead of its own, on that lead's phone."""

    def text(number: int, line: str = LINE) -> SendText:
        phone = E164(f"+1512555{2000 + number}")
        with world.database.begin() as db:
            lead = leads.insert_lead(
                db, phone=phone, name="Lee", unowned_reason="-", attributes={}, created_at=world.now
            )
            enrolment = cadences.insert_enrolment(
                db, lead_id=lead, cadence="c", version=1, state="active", step_from=world.now, enrolled_at=world.now
            )
        key = f"enrolment/{enrolment}/step/1/lead/0"
        return SendText(phone, E164(line), "Hi.", key, lead_id=lead, for_lead=True, enrolment=enrolment)

    return text


def set_pace(world: Core, *, line: float, account: float) -> None:
    pace = CadencesSettings(texts_per_line=line, texts_per_account=account)
    world.here = replace(world.here, settings=world.here.settings.model_copy(update={"cadences": pace}))


def left_by_second(world: Core, seconds: int) -> list[int]:
    """How many texts had left, second by second."""
    counts = []
    for _ in range(seconds):
        world.deliver()
        counts.append(len(world.network.texts))
        world.pass_time(1)
    return counts


def test_one_a_second_leaves_from_a_line(world: Core, wanted: Wanted) -> None:
    world.want(*(wanted(number) for number in range(4)))
    assert left_by_second(world, 6) == [1, 2, 3, 4, 4, 4]


def test_lines_do_not_wait_for_each_other(world: Core, wanted: Wanted) -> None:
    world.network.add_line(OTHER_LINE, "https://calls.example.com/webhooks/voice")
    world.want(*(wanted(number, (LINE, OTHER_LINE)[number % 2]) for number in range(6)))
    assert left_by_second(world, 4) == [2, 4, 6, 6]


def test_the_account_has_a_pace_of_its_own(world: Core, wanted: Wanted) -> None:
    set_pace(world, line=100, account=2)
    world.want(*(wanted(number) for number in range(7)))
    assert left_by_second(world, 6) == [1, 3, 5, 7, 7, 7]


def test_a_slow_line_has_its_pace_too(world: Core, wanted: Wanted) -> None:
    set_pace(world, line=0.5, account=10)
    world.want(*(wanted(number) for number in range(3)))
    assert left_by_second(world, 6) == [1, 1, 2, 2, 3, 3]


def test_waiting_for_its_turn_is_no_try_and_happens_once(world: Core, wanted: Wanted) -> None:
    world.want(*(wanted(number) for number in range(3)))
    world.deliver()
    waiting = [item for item in world.items() if item.state == "pending"]
    assert [item.due_at - world.now for item in waiting] == [timedelta(seconds=1), timedelta(seconds=2)]
    assert {item.tries for item in waiting} == {0}
    assert deliver(world.here, world.now) == 0


def test_texts_that_no_cadence_wants_do_not_wait(world: Core, wanted: Wanted) -> None:
    plain = [replace(wanted(number), enrolment=None) for number in range(5)]
    world.want(*plain)
    assert left_by_second(world, 1) == [5]


def test_workers_share_the_pace(world: Core, wanted: Wanted) -> None:
    world.want(*(wanted(number) for number in range(8)))
    together = Barrier(3)

    def work() -> None:
        together.wait()
        deliver(world.here, world.now)

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.network.texts) == 1
    turns = sorted(item.due_at for item in world.items() if item.state == "pending")
    assert turns == [world.now + timedelta(seconds=second) for second in range(1, 8)]
