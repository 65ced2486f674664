"""R6 and R13: Twilio refuses, is slow, loses answers and forgets; no text is lost unseen, none is sent twice.

Permanent codes are never tried again, 429 always. What stays unknown is shown as unknown; of those only a notice to
staff of a missed transfer is sent once more, and says so.
"""

from collections import Counter
from datetime import timedelta

import pytest

from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import Effect, SendText
from sami.outbox.in_doubt import look_up_lost
from sami.settings.loading import Settings
from tests.support.counts import count
from tests.support.services import ANA, LINE, Core, make_network, make_world
from webhooks.simulator.rest.faults import OBEYED, RestFault

CALLS = count(600, 20_000)
BATCH = 150
SETTLED_WITHIN = timedelta(minutes=45)
OPTED_OUT_EVERY = 10
CREATE = "Messages.json"


@pytest.fixture
def world(database: Database, settings: Settings) -> Core:
    return make_world(database, settings, make_network(settings))


def batch(first: int) -> list[Effect]:
    """Texts to leads, one in ten of whom has blocked us at Twilio, which we do not know; and notices to staff."""
    effects: list[Effect] = []
    for number in range(first, first + BATCH):
        if number % 5 == 0:
            key = f"missed_transfer/CA{number}/notice/ana"
            body = f"Missed call {number}."
            effects.append(SendText(E164(ANA), E164(LINE), body, key, agent_id=1, repeats_when_lost=True))
        else:
            body = f"Hello {number}."
            phone = E164(f"+1512556{number % 10_000:04d}")
            effects.append(SendText(phone, E164(LINE), body, f"workflow/w/lead/{number}/1/lead/1", for_lead=True))
    return effects


def settle(world: Core) -> None:
    until = world.now + SETTLED_WITHIN
    while world.now < until and any(
        item.state in ("pending", "sending") or item.leased_until for item in world.items()
    ):
        while world.deliver(limit=500):
            pass
        look_up_lost(world.here, world.now, limit=500)
        world.pass_time(20)


@pytest.mark.timeout(count(120, 3_600))
def test_r13_r06_with_three_faults_in_ten_requests_nothing_is_lost_and_nothing_sent_twice(world: Core) -> None:
    faults, requests = world.network.rest.faults, world.network.rest.requests
    first = 1
    while len(requests) < CALLS:
        effects = batch(first)
        faults.fail_share(0.0, 0)
        for effect in effects:
            assert isinstance(effect, SendText)
            if effect.for_lead and (first + effects.index(effect)) % OPTED_OUT_EVERY == 1:
                world.network.text(effect.to, LINE, "STOP")
        faults.fail_share(0.3, seed=first)
        world.want(*effects)
        settle(world)
        first += BATCH
    bodies = Counter(text.body for text in world.network.texts if text.direction.startswith("outbound"))
    for item in world.items():
        body = item.payload["body"].removeprefix("(Sent again) ")
        arrived = bodies[body] + bodies[f"(Sent again) {body}"]
        assert item.state in ("sent", "failed", "cancelled", "unknown"), "it is settled"
        assert bodies[body] <= 1 >= bodies[f"(Sent again) {body}"]
        if item.state == "sent":
            assert arrived >= 1
        if item.payload["for_lead"]:
            assert arrived <= 1, "a lead is never texted twice"
            assert item.state != "unknown" or arrived == 0 or "never found" in item.error
        else:
            assert arrived >= 1 or (item.state == "unknown" and item.payload["body"] != body), "told twice, or shown"
    expect_permanent_codes_once(world)


def expect_permanent_codes_once(world: Core) -> None:
    """Twilio's own refusal of a phone is the last word; only a request that it never looked at is repeated."""
    refused: Counter[str] = Counter()
    for request in world.network.rest.requests:
        if request.method == "POST" and request.path.endswith(CREATE) and request.status == 400:
            refused[dict(request.form)["To"]] += 1
    assert refused
    assert set(refused.values()) == {1}


@pytest.mark.parametrize("share", [0.1, 0.5])
@pytest.mark.parametrize("listing_delay_s", [0, 5, 60, 600])
def test_r06_answers_that_are_lost_are_looked_up_however_late_the_lists_are(
    world: Core, share: float, listing_delay_s: float
) -> None:
    world.network.rest.listing_delay_s = listing_delay_s
    lost = [fault for fault in (RestFault.LOSE_ANSWER, RestFault.SLOW_AFTER) if fault in OBEYED]
    world.network.rest.faults.fail_share(share, 7, *lost)
    effects = batch(1)[: count(40, BATCH)]
    world.want(*effects)
    settle(world)
    bodies = Counter(text.body for text in world.network.texts)
    assert set(bodies.values()) == {1}
    assert len(bodies) == len(effects)
    assert {item.state for item in world.items()} == {"sent"}


def test_r13_too_many_requests_is_tried_again_until_it_is_not(world: Core) -> None:
    world.network.rest.faults.fail_next(RestFault.STATUS_429, times=30)
    effects = batch(1)[:10]
    world.want(*effects)
    settle(world)
    assert {item.state for item in world.items()} == {"sent"}
    assert len(world.network.texts) == len(effects)
