"""Announcements are signed, tried for days, logged at every try, and hold up nobody else."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.announcements import cadence_ended
from sami.domain.outcomes.effects import Announce, SendText
from sami.notices.subscriptions import (
    NewSubscription,
    SubscriptionRefused,
    UnknownSubscription,
    disable_subscription,
    enable_subscription,
    lane_of,
    replay,
    subscribe,
)
from sami.outbox.announcer import Announcer
from sami.store.notices import announcement_tries, notices
from sami.store.subscriptions import count_deliveries, find_subscription
from sami.store.work import outbox_items
from tests.notices.receiver import Receiver, receiver
from tests.support.services import ANA, LINE, Core

SAID = Announce("notice", {"text": "Missed", "lead": 7}, "missed/1/notice/webhook", lead_id=7)
Subscribe = Callable[..., NewSubscription]


@pytest.fixture
def subscribed(world: Core, hooks: Receiver) -> Subscribe:
    def make(*events: str, at: Receiver = hooks) -> NewSubscription:
        allow = frozenset(world.here.settings.notices.allow_hosts)
        with world.database.begin() as db:
            new = subscribe(db, url=at.url, events=events, allow=allow, by=person("olive"), now=world.now)
        at.secret = new.secret
        return new

    return make


def delivery(world: Core) -> Any:
    (only,) = [item for item in world.items("announcement") if item.lane != "announce"]
    return only


def test_an_announcement_is_signed_and_says_what_when_and_to_what(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    subscribed()
    world.want(SAID)
    world.live(3)
    assert hooks.heard == [
        {"type": "notice", "timestamp": "2026-03-03T18:00:00.000Z", "data": {"text": "Missed", "lead": 7}}
    ]
    assert (hooks.forged, delivery(world).state, world.items("announcement")[0].state) == (0, "sent", "sent")
    (tried,) = world.rows(announcement_tries)
    assert (tried.item_id, tried.status, tried.detail) == (delivery(world).id, 204, "answered 204")


def test_only_who_asked_is_told_and_where_nobody_asked_nothing_is_kept(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    world.want(SAID)
    assert world.items() == []
    subscribed("cadence.ended")
    world.want(SAID, cadence_ended(1, "hello", state="completed", why="finished", by="cadence", at=world.now))
    world.live(3)
    assert [heard["type"] for heard in hooks.heard] == ["cadence.ended"]


def test_it_is_tried_for_three_days_with_the_same_id_and_then_given_up(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    subscribed()
    hooks.status = 500
    began = world.now
    world.want(SAID)
    world.deliver()
    while delivery(world).state == "pending":
        world.now = max(world.now, delivery(world).due_at)
        world.deliver()
    tries = [(row.at - began).total_seconds() for row in world.rows(announcement_tries)]
    gaps = [late - early for early, late in pairwise(tries)]
    planned = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    assert all(plan <= gap <= plan * 1.1 + 31 for plan, gap in zip(planned, gaps, strict=True)), gaps
    assert timedelta(days=3) < world.now - began < timedelta(days=4)
    assert (delivery(world).state, len(hooks.ids), len(set(hooks.ids)), len(set(hooks.bodies))) == ("failed", 10, 1, 1)
    assert delivery(world).error == "not taken in 10 tries: answered 500"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_whatever_is_no_yes_is_tried_again(world: Core, hooks: Receiver, subscribed: Subscribe, status: int) -> None:
    subscribed()
    hooks.statuses, hooks.headers = [status], {"Location": hooks.url}
    world.want(SAID)
    world.live(10)
    assert (delivery(world).state, len(hooks.heard)) == ("sent", 2)


def test_gone_disables_the_subscription_and_admins_hear_of_it(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    new = subscribed()
    hooks.statuses = [410]
    world.want(SAID, Announce("notice", {}, "second/notice/webhook"))
    world.live(5)
    with world.database.read() as db:
        row = find_subscription(db, new.ref)
    assert row is not None
    assert (row.active, row.why) == (False, "it answered 410: gone for good")
    assert len(hooks.heard) == 1
    assert sorted(item.state for item in world.items("announcement")) == ["cancelled", "failed", "sent", "sent"]
    told = f"Webhook {new.ref} to 127.0.0.1 is disabled: it answered 410: gone for good."
    assert [notice.body for notice in world.rows(notices)] == [told]
    assert [text.body for text in world.network.texts] == [told]


def test_what_failed_is_replayed_with_its_own_id(world: Core, hooks: Receiver, subscribed: Subscribe) -> None:
    new = subscribed()
    began = world.now
    hooks.status = 500
    world.want(SAID)
    world.deliver()
    while delivery(world).state == "pending":
        world.now = delivery(world).due_at
        world.deliver()
    world.now += timedelta(days=30)
    hooks.status = 200
    with world.database.begin() as db:
        assert replay(db, new.ref, by=person("olive"), now=world.now, failed_since=began + timedelta(seconds=1)) == 0
        assert replay(db, new.ref, by=person("olive"), now=world.now, failed_since=began) == 1
    world.live(60, step_s=15)
    assert delivery(world).state == "sent"
    assert len(set(hooks.ids)) == 1
    with world.database.begin() as db:
        assert replay(db, new.ref, by=person("olive"), now=world.now, item_id=delivery(world).id) == 1
    world.live(3)
    assert hooks.heard[-1] == hooks.heard[0]
    assert len(world.rows(announcement_tries)) == 12
    with world.database.read() as db:
        assert count_deliveries(db)[lane_of(new.ref)] == {"sent": 1}


def test_who_is_unknown_or_disabled_is_not_replayed_to(world: Core, subscribed: Subscribe) -> None:
    new = subscribed()
    with world.database.begin() as db:
        with pytest.raises(UnknownSubscription):
            replay(db, "nobody", by=person("olive"), now=world.now, failed_since=world.now)
        assert disable_subscription(db, new.ref, why="no longer wanted", by=person("olive"), now=world.now)
        assert not disable_subscription(db, new.ref, why="again", by=person("olive"), now=world.now)
        with pytest.raises(SubscriptionRefused):
            replay(db, new.ref, by=person("olive"), now=world.now, failed_since=world.now)
        assert enable_subscription(db, new.ref, by=person("olive"), now=world.now)


def test_a_receiver_that_is_down_is_left_alone_and_then_misses_nothing(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    subscribed()
    hooks.status = 503
    world.want(*(Announce("notice", {"n": n}, f"{n}/notice/webhook") for n in range(12)))
    world.live(4)
    assert len(hooks.heard) == 5, "after five failures in a row it rests"
    hooks.status = 200
    world.live(900, step_s=15)
    assert {heard["data"]["n"] for heard in hooks.heard[5:]} == set(range(12))
    assert {item.state for item in world.items("announcement")} == {"sent"}


def test_a_slow_receiver_holds_up_neither_texts_nor_others(world: Core, hooks: Receiver, subscribed: Subscribe) -> None:
    with receiver() as slow:
        slow.takes_s = 0.5
        notices_settings = world.here.settings.notices.model_copy(update={"allow_hosts": (hooks.place, slow.place)})
        object.__setattr__(world.here.settings, "notices", notices_settings)
        subscribed(at=slow)
        subscribed()
        world.want(*(Announce("notice", {"n": n}, f"{n}/notice/webhook") for n in range(3)))
        world.want(SendText(E164(ANA), E164(LINE), "Hi", "hi/notice/ana", agent_id=1))
        announcer = Announcer(world.here)
        announcer.look(world.now)
        assert world.deliver(kinds=("text",)) == 1
        ends_at = time.monotonic() + 20
        while len(hooks.heard) < 3 and time.monotonic() < ends_at:
            announcer.look(world.now)
            time.sleep(0.02)
        assert (len(hooks.heard), len(slow.heard) < 3) == (3, True)
        announcer.rest()
        assert len(slow.heard) == 3


def test_s16_the_secret_is_said_once_and_never_logged(
    world: Core, hooks: Receiver, subscribed: Subscribe, caplog: pytest.LogCaptureFixture, capfd: Any
) -> None:
    with caplog.at_level(logging.DEBUG):
        new = subscribed()
        hooks.statuses = [500, 410]
        world.want(SAID)
        world.live(10)
    assert new.secret.startswith("whsec_")
    said = caplog.text + "".join(capfd.readouterr()) + repr([tuple(item) for item in world.items()])
    assert new.secret not in said
    assert new.secret.removeprefix("whsec_") not in said


def test_r05_a_sender_that_died_announces_again_with_the_same_id(
    world: Core, hooks: Receiver, subscribed: Subscribe
) -> None:
    subscribed()
    world.want(SAID)
    world.live(1)
    with world.database.begin() as db:
        of = outbox_items.c.id == delivery(world).id
        db.execute(outbox_items.update().where(of).values(state="sending", leased_until=world.now))
    world.live(20)
    assert (delivery(world).state, len(hooks.ids), len(set(hooks.ids))) == ("sent", 2, 1)
