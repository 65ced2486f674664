"""A whole group ring: the caller waits in a queue, each agent has a leg, the first key press wins."""

import json

from tests.webhooks.simulator.program import ANA, AUTH, BASE, BEN, CALLER, CY, LINE, Program, forms
from webhooks.simulator.behaviours import Answers, Voicemail
from webhooks.simulator.network import Network

CALLS = f"/2010-04-01/Accounts/{AUTH[0]}/Calls"


class GroupRing:
    """The smallest program that rings a group as SAMI does."""

    def __init__(self, network: Network, program: Program, agents: tuple[str, ...]) -> None:
        self.network, self.agents = network, agents
        self.sids: list[str] = []
        self.claimed_by: str | None = None
        program.pages |= {
            "/voice": self.arrive,
            "/wait": "<Play>/music.mp3</Play>",
            "/left": "<Hangup/>",
            "/screen": '<Gather numDigits="1" action="/claim"><Say>Press 1</Say></Gather><Hangup/>',
            "/claim": self.claim,
            "/done": "<Hangup/>",
        }

    def arrive(self, form: dict[str, str]) -> str:
        for agent in self.agents:
            asked = [("To", agent), ("From", LINE), ("Url", f"{BASE}/screen"), ("Timeout", "15")]
            _, _, body = self.network.rest.handle("POST", f"{CALLS}.json", asked, AUTH)
            self.sids.append(json.loads(body)["sid"])
        return '<Enqueue waitUrl="/wait" action="/left">room</Enqueue>'

    def claim(self, form: dict[str, str]) -> str:
        if self.claimed_by is not None:
            return "<Say>Already taken</Say><Hangup/>"
        self.claimed_by = form["To"]
        for sid in self.sids:
            if sid != form["CallSid"]:
                self.network.rest.handle("POST", f"{CALLS}/{sid}.json", [("Status", "completed")], AUTH)
        return '<Dial action="/done"><Queue>room</Queue></Dial>'


def test_a_voicemail_that_picks_up_costs_nobody_anything(network: Network, program: Program) -> None:
    group = GroupRing(network, program, (ANA, BEN, CY))
    network.add_phone(ANA, Voicemail(after_s=0))
    network.add_phone(BEN, Answers(after_s=6, press_after_s=1, talks_s=40))
    call = network.call(CALLER, LINE)
    network.run()
    assert group.claimed_by == BEN
    assert [talk.phone for talk in call.joined] == [BEN]
    assert {ring.phone: ring.result for ring in network.rings} == {
        ANA: "answered",
        BEN: "answered",
        CY: "canceled",
    }
    assert forms(network, "/left")[0]["QueueResult"] == "bridged"
    assert network.faults == []
    assert network.double_rings == []


def test_who_presses_1_at_the_same_instant_hears_that_it_is_taken(network: Network, program: Program) -> None:
    group = GroupRing(network, program, (ANA, BEN))
    for agent in (ANA, BEN):
        network.add_phone(agent, Answers(after_s=3, press_after_s=2, talks_s=10))
    call = network.call(CALLER, LINE)
    network.run()
    assert [talk.phone for talk in call.joined] == [group.claimed_by]
    loser = next(leg for leg in network.legs.values() if leg.to == BEN)
    assert [heard.text for heard in loser.story.heard] == ["Press 1", "Already taken"]
    assert network.faults == []
