"""What Twilio would not accept is a fault, loudly, and ends as Twilio would end it."""

import pytest

from tests.webhooks.simulator.program import ANA, CALLER, LINE, Program, forms, twiml
from webhooks.simulator.behaviours import says_nothing
from webhooks.simulator.client import Answer
from webhooks.simulator.network import Network
from webhooks.simulator.twiml.document import NotTwiml, parse_document
from webhooks.simulator.twiml.grammar import ATTRIBUTES

NUMBER = f"<Number>{ANA}</Number>"


@pytest.mark.parametrize(
    "verbs",
    [
        pytest.param("<Shout>Hello</Shout>", id="an unknown element"),
        pytest.param('<Say tone="loud">Hello</Say>', id="an unknown attribute"),
        pytest.param("<Say></Say>", id="nothing to say"),
        pytest.param("Hello", id="text outside any verb"),
        pytest.param(f"<Dial>{NUMBER * 11}</Dial>", id="eleven numbers"),
        pytest.param(f'<Dial timeout="4">{NUMBER}</Dial>', id="a timeout too short"),
        pytest.param(f'<Dial timeout="601">{NUMBER}</Dial>', id="a timeout too long"),
        pytest.param(f'<Dial timeout="ten">{NUMBER}</Dial>', id="a timeout in words"),
        pytest.param("<Dial><Number>512 555 0101</Number></Dial>", id="not E.164"),
        pytest.param("<Dial/>", id="nobody to dial"),
        pytest.param(f"<Dial><Queue>room</Queue>{NUMBER}</Dial>", id="a queue beside a number"),
        pytest.param(f'<Dial statusCallback="/s">{NUMBER}</Dial>', id="a leg's attribute on the dial"),
        pytest.param("<Gather><Dial>+15125550101</Dial></Gather>", id="a dial inside a question"),
        pytest.param(NUMBER, id="a number outside a dial"),
        pytest.param(f"<Enqueue>{'q' * 65}</Enqueue>", id="a queue name too long"),
        pytest.param(
            '<Dial><Number statusCallback="https://my_host.test/s">+15125550101</Number></Dial>',
            id="an underscore in a host",
        ),
        pytest.param("<Leave/>", id="leaving without a queue"),
        pytest.param("<Message>Hello</Message>", id="a text's verb in a call"),
        pytest.param(f"<Say>{'x' * 4097}</Say>", id="a sentence too long"),
        pytest.param(f"<Say>Hello</Say><!--{'x' * 65_536}-->", id="a document too long"),
        pytest.param("<Say>Hello</Say", id="broken XML"),
    ],
)
def test_what_twilio_would_refuse_leads_to_the_fallback_address(network: Network, program: Program, verbs: str) -> None:
    program.pages |= {"/voice": verbs, "/fallback": "<Say>One moment</Say>"}
    call = network.call(CALLER, LINE)
    network.run()
    assert len(network.faults) == 1
    assert call.has_heard("One moment")


def test_a_screen_that_cannot_be_played_hangs_up_on_the_agent_only(network: Network, program: Program) -> None:
    program.pages |= {
        "/voice": f'<Dial action="/dialled"><Number url="/screen">{ANA}</Number></Dial>',
        "/screen": Answer(500, "text/html", b"oops"),
        "/dialled": "<Say>Goodbye</Say>",
    }
    network.add_phone(ANA, says_nothing())
    call = network.call(CALLER, LINE)
    network.run()
    assert forms(network, "/dialled")[0]["DialBridged"] == "false"
    assert call.has_heard("Goodbye")
    assert [fault.code for fault in network.faults] == [11200]


@pytest.mark.parametrize("verb", ["Dial", "Enqueue", "Record"])
def test_a_wait_page_may_not_hold_every_verb(network: Network, program: Program, verb: str) -> None:
    texts = {"Dial": ANA, "Enqueue": "room", "Record": ""}
    program.pages |= {
        "/voice": '<Enqueue waitUrl="/wait" action="/left">room</Enqueue>',
        "/wait": f"<{verb}>{texts[verb]}</{verb}>",
        "/left": "<Hangup/>",
    }
    network.call(CALLER, LINE)
    network.run()
    assert forms(network, "/left")[0]["QueueResult"] == "error"
    assert len(network.faults) == 1


def test_documents_that_lead_to_each_other_for_ever_are_stopped(network: Network, program: Program) -> None:
    program.pages |= {"/voice": "<Redirect>/voice</Redirect>", "/fallback": "<Hangup/>"}
    call = network.call(CALLER, LINE)
    network.run()
    assert not call.is_live
    assert len(network.faults) == 1


def test_every_element_of_the_table_is_known_by_name() -> None:
    for name in ATTRIBUTES:
        if name == "Response":
            continue
        with pytest.raises(NotTwiml, match="unknown attribute"):
            parse_document(f'<Response><{name} colour="red"/></Response>'.encode(), {name})


def test_a_refused_status_callback_is_a_fault(network: Network, program: Program) -> None:
    program.pages |= {"/voice": twiml("<Hangup/>"), "/status": Answer(403, "text/plain", b"no")}
    network.call(CALLER, LINE)
    network.run()
    assert [fault.code for fault in network.faults] == [11200]
