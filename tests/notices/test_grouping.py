"""Many notices to one person are held for a while and said as one; each says what became of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.domain.language.phone import E164
from sami.domain.messages.notices import TOGETHER_MAX, said_together
from sami.domain.outcomes.effects import SendText
from sami.notices.preferences import list_notices
from sami.outbox.in_doubt import look_up_lost
from sami.store import texts
from tests.support.edges import Died
from tests.support.services import ANA, BEN, LINE, Core
from webhooks.simulator.rest.faults import RestFault


def notice(world: Core, number: int, key: str = "ana", **changes: Any) -> SendText:
    phone = {"ana": ANA, "ben": BEN}[key]
    values = {"agent_id": world.agent(key).id, "can_wait": True, "body": f"Notice {number}."}
    return SendText(E164(phone), E164(LINE), dedupe_key=f"n/{number}/notice/{key}", **{**values, **changes})


def bodies(world: Core, phone: str = ANA) -> list[str]:
    return [text.body for text in world.network.texts if text.to == phone]


def test_the_sixth_of_ten_minutes_waits_and_they_are_said_as_one(world: Core) -> None:
    began = world.now
    for number in range(9):
        world.want(notice(world, number))
        world.live(60, step_s=20)
    assert bodies(world) == [f"Notice {number}." for number in range(5)]
    held = [item for item in world.items() if item.state == "pending"]
    assert {item.due_at for item in held} == {began + timedelta(minutes=10)}
    world.live(120, step_s=20)
    assert bodies(world)[5:] == ["4 notices:\nNotice 5.\nNotice 6.\nNotice 7.\nNotice 8."]
    together = world.items()[-1]
    assert [item.state for item in world.items()] == ["sent"] * 10
    assert {item.error for item in world.items()[5:9]} == {f"said as part of item {together.id}"}
    assert {item.carrier_sid for item in world.items()[5:]} == {together.carrier_sid}


def test_others_and_urgent_ones_are_not_held(world: Core) -> None:
    world.want(*(notice(world, number) for number in range(5)))
    world.live(3)
    world.want(notice(world, 5), notice(world, 6, can_wait=False), notice(world, 7, "ben"))
    world.live(3)
    assert (bodies(world)[5:], bodies(world, BEN)) == (["Notice 6."], ["Notice 7."])


def test_what_was_held_alone_is_said_as_it_is(world: Core) -> None:
    world.want(*(notice(world, number) for number in range(5)))
    world.live(3)
    world.want(notice(world, 5))
    world.live(700, step_s=50)
    assert bodies(world)[5:] == ["Notice 5."]


def test_a_night_of_notices_is_one_text_in_the_morning(world: Core, wish: Callable[..., None]) -> None:
    wish("ana", quiet=("22:00", "07:00"))
    world.now = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)  # 23:00 in Chicago.
    for number in range(7):
        world.want(notice(world, number))
        world.live(60, step_s=30)
    assert bodies(world) == []
    world.now = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
    world.live(3)
    (said,) = bodies(world)
    assert said.startswith("7 notices:\nNotice 0.\n")


def test_when_the_one_text_fails_all_of_them_have(world: Core) -> None:
    world.want(*(notice(world, number) for number in range(7)))
    with world.database.begin() as db:
        texts.record_consent(db, phone=ANA, state="opted_out", source="STOP", at=world.now)
    world.live(2)
    assert {item.state for item in world.items()} == {"cancelled"}


def test_r06_when_the_answer_is_lost_all_of_them_are_unknown_until_it_is_found(world: Core) -> None:
    world.want(*(notice(world, number) for number in range(7)))
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER)
    world.deliver()
    *members, together = world.items()
    assert {item.state for item in members} == {"sending"}
    assert together.state == "unknown"
    world.live(60, step_s=5)
    assert {item.state for item in world.items()} == {"sent"}
    assert len(bodies(world)) == 1


def test_r05_a_crash_before_the_one_text_leaves_says_none_twice_and_hides_none(
    world: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.want(*(notice(world, number) for number in range(7)))

    def die(*_: Any, **__: Any) -> Any:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(type(world.here.carrier), "send_text", die)
        with pytest.raises(Died):
            world.deliver()
    world.now += timedelta(minutes=2)
    look_up_lost(world.here, world.now)
    world.live(20 * 60, step_s=30)
    assert bodies(world) == []
    assert {item.state for item in world.items()} == {"unknown"}, "perhaps it left: not said again, and seen"


@pytest.mark.parametrize(
    ("bodies_", "said"),
    [
        pytest.param(["One.", "Two."], "2 notices:\nOne.\nTwo.", id="all fit"),
        pytest.param(
            ["x" * 200, "y" * 200, "z" * 20],
            f"3 notices:\n{'x' * 200}\nAnd 2 more: text NOTICES.",
            id="what fits, whole",
        ),
        pytest.param([f"{'word ' * 100}", "Two."], None, id="not even one fits"),
    ],
)
def test_what_does_not_fit_is_counted(bodies_: list[str], said: str | None) -> None:
    told = said_together(bodies_).text
    assert len(told) <= TOGETHER_MAX
    assert said is None or told == said
    assert told.endswith("And 2 more: text NOTICES.") or said is not None


def test_opt_outs_and_overdue_tasks_are_never_among_the_hidden(world: Core) -> None:
    """Of 17 notices the two that must be seen come first, and NOTICES lists what was only counted."""
    long = "something that can wait and takes some room in a text of two segments"
    world.want(
        *(notice(world, number, body=f"Notice {number}: {long}.") for number in range(15)),
        *(notice(world, number, body=f"Lead {number} opted out.", must_be_seen=True) for number in (15, 16)),
    )
    world.live(2)
    (said,) = bodies(world)
    assert said.startswith("17 notices:\nLead 15 opted out.\nLead 16 opted out.\nNotice 0")
    shown = said.count("Notice ")
    assert said.endswith(f"And {15 - shown} more: text NOTICES.")
    listed: list[str] = []
    for _ in range(15):
        with world.database.begin() as db:
            answer = list_notices(db, world.agent("ana").id, world.now)
        if answer.startswith("You have no unread"):
            break
        assert len(answer) <= 500
        listed += [line for line in answer.splitlines() if line.startswith("Notice")]
    assert listed == [f"Notice {number}: {long}." for number in range(shown, 15)]


def test_what_must_be_seen_is_said_in_several_texts_where_one_does_not_hold_it(world: Core) -> None:
    for number in range(60):
        body = f"Task T{number} of Ana Ruiz is 31 min overdue: Call back Maria Ortiz about her house."
        world.want(notice(world, number, body=body, must_be_seen=True))
    world.live(3 * 3_600, step_s=60)
    told = "\n".join(bodies(world))
    assert all(f"Task T{number} of" in told for number in range(60))
    assert len(bodies(world)) <= 6


def test_r07_workers_that_race_say_each_notice_once(world: Core) -> None:
    """Alone, or as part of one other that speaks for it."""
    world.want(*(notice(world, number) for number in range(40)))
    asked = threading.Lock()
    send = world.here.carrier.send_text

    def one_at_a_time(**text: Any) -> Any:
        with asked:  # The network of the tests is no more than one process.
            return send(**text)

    world.here.carrier.send_text = one_at_a_time  # type: ignore[method-assign]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.deliver(), range(4)))
    world.live(30 * 60, step_s=60)
    alone = [item for item in world.items() if not item.error]
    together = [item for item in alone if "members" in item.payload]
    joined = [member for item in together for member in item.payload["members"]]
    assert {item.state for item in world.items()} == {"sent"}
    assert len(joined) == len(set(joined))
    assert len(alone) - len(together) + len(joined) == 40
    assert len(bodies(world)) == len(alone) <= 8
