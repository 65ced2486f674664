"""Texts arrive, are answered, and end as carriers end them."""

import pytest

from tests.webhooks.simulator.program import AUTH, BASE, CALLER, LINE, Program, forms
from webhooks.simulator.network import Network
from webhooks.simulator.posting import CallbackFaults

MESSAGES = f"/2010-04-01/Accounts/{AUTH[0]}/Messages.json"


def send(network: Network, body: str = "Hello") -> int:
    form = [("To", CALLER), ("From", LINE), ("Body", body), ("StatusCallback", f"{BASE}/status")]
    return network.rest.handle("POST", MESSAGES, form, AUTH)[0]


def test_a_text_to_a_line_is_announced_and_its_reply_is_sent(network: Network, program: Program) -> None:
    program.pages["/sms"] = "<Message>You are off until 5 PM.</Message>"
    network.text(CALLER, LINE, "OFF 30")
    network.run()
    (form,) = forms(network, "/sms")
    assert (form["From"], form["To"], form["Body"]) == (CALLER, LINE, "OFF 30")
    assert [(text.to, text.body, text.status) for text in network.texts] == [
        (CALLER, "You are off until 5 PM.", "delivered")
    ]


def test_an_empty_answer_is_silence(network: Network, program: Program) -> None:
    program.pages["/sms"] = ""
    network.text(CALLER, LINE, "Hello")
    network.run()
    assert network.texts == []
    assert network.faults == []


def test_a_sent_text_reports_its_way(network: Network) -> None:
    assert send(network) == 201
    network.run()
    assert [form["MessageStatus"] for form in forms(network, "/status")] == ["sent", "delivered"]


@pytest.mark.parametrize(("setting", "code"), [("landline", 30006), ("unreachable", 30003)])
def test_a_phone_that_takes_no_texts_is_told_by_a_code(network: Network, setting: str, code: int) -> None:
    setattr(network.phone(CALLER), setting, True)
    assert send(network) == 201
    network.run()
    last = forms(network, "/status")[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", str(code))


def test_stop_blocks_the_pair_of_numbers_until_start(network: Network, program: Program) -> None:
    program.pages["/sms"] = ["<Message>Sorry to see you go</Message>", ""]
    network.text(CALLER, LINE, " Stop ")
    network.run()
    assert [(text.status, text.error_code) for text in network.texts] == [("failed", 21610)]
    assert send(network) == 400
    network.text(CALLER, LINE, "START")
    network.run()
    assert send(network) == 201


def test_callbacks_can_be_lost_repeated_delayed_and_shuffled(network: Network) -> None:
    network.callbacks = CallbackFaults(lose=1.0)
    send(network)
    network.run()
    assert forms(network, "/status") == []
    network.callbacks = CallbackFaults(repeat=1.0, shuffle=1.0, delay_s=5)
    for _ in range(10):
        send(network)
    network.run()
    statuses = [form["MessageStatus"] for form in forms(network, "/status")]
    assert sorted(statuses) == ["delivered"] * 20 + ["sent"] * 20
    assert statuses.index("delivered") < len(statuses) - 1 - statuses[::-1].index("sent")
