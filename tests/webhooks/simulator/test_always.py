"""Whatever pages, people and REST requests meet, some things always hold."""

import random
from collections import Counter
from itertools import pairwise

import pytest

from tests.webhooks.simulator.program import ANA, AUTH, BASE, BEN, CY, LINE, Program, forms, make_network
from webhooks.simulator.behaviours import (
    Answers,
    Behaviour,
    Busy,
    DoesNotExist,
    Ignores,
    Voicemail,
    passes,
    says_nothing,
)
from webhooks.simulator.network import Network
from webhooks.simulator.people import CallerScript
from webhooks.simulator.posting import CallbackFaults

CALLS = f"/2010-04-01/Accounts/{AUTH[0]}/Calls"
AGENTS = (ANA, BEN, CY)
CALLERS = tuple(f"+151255502{number:02}" for number in range(12))
SCREENED = f'<Number url="/screen" statusCallback="/status">{ANA}</Number><Number>{BEN}</Number>'
PLACES = (
    f'<Dial action="/dialled" timeout="10" timeLimit="90">{SCREENED}</Dial>',
    f'<Dial action="/dialled" timeout="5"><Number url="/screen">{CY}</Number></Dial>',
    '<Enqueue action="/left" waitUrl="/wait">room</Enqueue>',
    '<Gather numDigits="1" timeout="3" action="/end"><Say>Press a key</Say></Gather>',
    '<Record action="/end" maxLength="20"/>',
    '<Dial action="/dialled" timeout="8"><Queue>room</Queue></Dial>',
    "<Say>A sentence of some length</Say>",
)


class Scenario:
    """A world drawn from a seed, played to its end."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.program = Program()
        self.network = make_network(self.program)
        self.program.pages |= {
            "/voice": self.anything,
            "/dialled": self.anything_or_end,
            "/left": self.anything_or_end,
            "/end": "<Hangup/>",
            "/screen": '<Gather numDigits="1" timeout="3" action="/pressed"><Say>Press 1</Say></Gather><Hangup/>',
            "/pressed": lambda form: "" if form["Digits"] == "1" else "<Hangup/>",
            "/wait": lambda _: self.chance.choice(["<Pause length='4'/>", "<Play>/m.mp3</Play>"] * 3 + ["<Leave/>"]),
            "/agent": '<Dial action="/end" timeout="5" timeLimit="60"><Queue url="/whisper">room</Queue></Dial>',
            "/whisper": "<Say>This call may be recorded</Say>",
        }
        for agent in AGENTS:
            self.network.add_phone(agent, *(self.behaviour() for _ in range(20)))

    def anything(self, _: dict[str, str]) -> str:
        return "".join(self.chance.choices(PLACES, k=2))

    def anything_or_end(self, form: dict[str, str]) -> str:
        return self.anything(form) if self.chance.random() < 0.4 else "<Hangup/>"

    def behaviour(self) -> Behaviour:
        after_s = self.chance.choice([0, 1, 4, 10, 15])
        return self.chance.choice(
            [
                Answers(after_s, press_after_s=self.chance.choice([0, 1, 3.5]), talks_s=30),
                says_nothing(after_s, talks_s=20),
                passes(after_s),
                Voicemail(after_s),
                Busy(after_s),
                Ignores(),
                DoesNotExist(),
            ]
        )

    def play(self) -> Network:
        for caller in CALLERS:
            script = CallerScript(
                hangs_up_after_s=self.chance.choice([None, 0, 1, 4, 15, 60]),
                keys=[(self.chance.choice([1, 2, 8]), "1")],
                talks_s=self.chance.choice([None, 0, 10]),
            )
            self.network.call(caller, LINE, script)
            self.network.run_for(self.chance.choice([0, 1, 4]))
            self.interfere()
        self.network.run()
        return self.network

    def interfere(self) -> None:
        live = [leg.sid for leg in self.network.legs.values() if leg.is_live]
        form = self.chance.choice([[("Status", "completed")], [("Url", f"{BASE}/end")], []])
        if form and live:
            self.network.rest.handle("POST", f"{CALLS}/{self.chance.choice(live)}.json", form, AUTH)
        if self.chance.random() < 0.5:
            asked = [("To", self.chance.choice(AGENTS)), ("From", LINE), ("Url", f"{BASE}/agent")]
            self.network.rest.handle("POST", f"{CALLS}.json", asked, AUTH)


@pytest.mark.parametrize("seed", range(120))
def test_every_call_ends_once_and_joins_two_people_at_a_time(seed: int) -> None:
    network = Scenario(seed).play()
    everybody_has_hung_up(network)
    joins_are_mutual_and_one_at_a_time(network)


def everybody_has_hung_up(network: Network) -> None:
    assert network.faults == []
    assert [leg.sid for leg in network.legs.values() if leg.is_live] == []
    assert all(not phone.legs for phone in network.exchange.phones.values())
    assert all(not queue.members for queue in network.exchange.queues.values())
    inbound = Counter(form["CallSid"] for form in forms(network, "/status") if form["Direction"] == "inbound")
    assert inbound == {call.sid: 1 for call in network.calls}
    assert all(ring.ended_at is not None for ring in network.rings)


def joins_are_mutual_and_one_at_a_time(network: Network) -> None:
    talks = Counter(
        (leg.far_number, talk.phone, talk.since, talk.until)
        for leg in network.legs.values()
        for talk in leg.story.joined
    )
    assert all(until is not None for (_, _, _, until) in talks)
    # Two who are gone at the instant of joining may have been joined on one side alone.
    lasting = {key: n for key, n in talks.items() if key[3] != key[2]}
    assert all((there, here, since, until) in talks for (here, there, since, until) in lasting)
    for leg in network.legs.values():
        spans = sorted((talk.since, talk.until or talk.since) for talk in leg.story.joined)
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


@pytest.mark.parametrize("seed", range(10))
def test_the_same_seed_is_the_same_story(seed: int) -> None:
    first, second = Scenario(seed).play(), Scenario(seed).play()
    assert [call.story for call in first.calls] == [call.story for call in second.calls]
    assert first.requests == second.requests


def test_a_bridged_dial_and_a_talk_go_together() -> None:
    for seed in range(40):
        network = Scenario(seed).play()
        joined = {sid for sid, leg in network.legs.items() if leg.story.joined}
        told = {form["CallSid"] for form in forms(network, "/dialled") if form["DialBridged"] == "true"}
        assert told <= joined


def test_callbacks_that_go_astray_change_nothing_for_the_people() -> None:
    calm, stormy = Scenario(5), Scenario(5)
    stormy.network.callbacks = CallbackFaults(repeat=0.5, lose=0.3, shuffle=0.5, delay_s=4)
    assert [call.story for call in calm.play().calls] == [call.story for call in stormy.play().calls]
