"""What the account says of itself, and where its numbers announce calls and texts, as Twilio's own client reads it."""

from datetime import timedelta

import pytest
import responses

from sami.carriers.twilio import Carrier, CarrierError
from sami.carriers.twilio_account import (
    Account,
    list_numbers,
    read_account,
    read_text_standing,
    signed_numbers,
    write_addresses,
)
from sami.domain.delivery.answers import Refused
from sami.domain.organisation.line_addresses import LineState, compare_addresses, state_of, wanted_addresses
from sami.settings.sections import TwilioSettings
from tests.support.rest_client import InProcess
from tests.support.services import ANA, LINE, NOON, Core

ACCOUNT = "AC" + "0" * 32
OTHER_LINE = "+15125550110"
WANTED = wanted_addresses("https://calls.example.com")


def test_the_account_is_read_with_twilios_clock(world: Core) -> None:
    world.network.rest.clock_ahead = timedelta(minutes=10)
    assert read_account(world.here.carrier) == Account(
        "Phones of the simulator", "active", is_trial=False, their_time=NOON + timedelta(minutes=10)
    )


@pytest.mark.parametrize(
    ("sid", "token"),
    [
        pytest.param(ACCOUNT, "another token", id="a wrong token"),
        pytest.param("AC" + "9" * 32, "a-made-up-token", id="another account's SID"),
    ],
)
def test_a_stranger_is_refused_by_twilios_code(world: Core, sid: str, token: str) -> None:
    settings = TwilioSettings.model_validate({"account_sid": sid, "auth_tokens": [token]})
    with pytest.raises(CarrierError) as caught:
        read_account(Carrier(settings, InProcess(lambda: world.network)))
    answer = caught.value.answer
    assert isinstance(answer, Refused)
    assert (answer.code, answer.status) == (20003, 401)


def test_numbers_are_listed_over_all_pages_and_changed_one_by_one(world: Core) -> None:
    for number in range(120):
        world.network.add_line(f"+1512556{number:04}")
    carrier = world.here.carrier
    ours = next(number for number in list_numbers(carrier) if number.phone == LINE)
    with carrier.asked() as client:
        assert len(client.incoming_phone_numbers.list(page_size=50)) == 121
        assert [row.sid for row in client.incoming_phone_numbers.list(phone_number=LINE)] == [ours.sid]
        assert client.incoming_phone_numbers(ours.sid).fetch().phone_number == LINE
        client.incoming_phone_numbers(ours.sid).update(voice_application_sid="AP" + "1" * 32, sms_method="GET")
    aspects = compare_addresses(list_numbers(carrier)[0].addresses, WANTED)
    assert [aspect.why for aspect in aspects] == [
        f"AP{'1' * 32} stands in the place of an address",
        "no address stands there",
        "no address stands there",
        "no address stands there",
    ]
    written = write_addresses(carrier, ours.sid, WANTED)
    assert written.addresses == WANTED
    assert state_of(compare_addresses(written.addresses, WANTED), written_by_us=True) is LineState.CONNECTED
    line = world.network.exchange.lines[LINE]
    assert (line.answers_calls, line.answers_texts, line.status_callback) == (
        True,
        True,
        "https://calls.example.com/webhooks/voice/status",
    )


def test_a_retry_that_an_address_orders_of_twilio_is_no_drift(world: Core) -> None:
    written = {**WANTED, "voice_url": WANTED["voice_url"] + "#rc=3&rp=5xx"}
    assert all(aspect.ok for aspect in compare_addresses(written, WANTED))
    asked_by_get = {**WANTED, "sms_method": "GET"}
    assert compare_addresses(asked_by_get, WANTED)[-1].why == "it is asked by GET, not by POST"


def test_a_number_without_addresses_answers_nobody(world: Core) -> None:
    world.network.add_line(OTHER_LINE)
    call = world.network.call(ANA, OTHER_LINE)
    world.network.text(ANA, OTHER_LINE, "Hi")
    world.network.run_for(5)
    assert (call.state, world.network.requests) == ("failed", [])


def test_registrations_are_read_from_the_other_hosts(world: Core) -> None:
    world.network.add_line(OTHER_LINE)
    known, carrier = world.network.rest.registrations, world.here.carrier
    known.texting = known.signing = {LINE}
    standing = read_text_standing(carrier)
    assert (standing.is_registered, standing.phones) == (True, frozenset({LINE}))
    numbers = {number.phone: number.sid for number in list_numbers(carrier)}
    assert signed_numbers(carrier) == frozenset({numbers[LINE]})
    known.campaign, known.trust = "PENDING", "in-review"
    assert not read_text_standing(carrier).is_registered
    assert not signed_numbers(carrier)
    known.campaign = known.brand = known.trust = None
    assert read_text_standing(carrier).brands == ()


@pytest.mark.parametrize(
    ("api_url", "asked"),
    [
        pytest.param("https://api.twilio.com", "https://messaging.twilio.com/v1/Services", id="Twilio"),
        pytest.param(
            "https://api.dublin.ie1.twilio.com", "https://messaging.dublin.ie1.twilio.com/v1/Services", id="a region"
        ),
        pytest.param("http://127.0.0.1:9/twilio", "http://127.0.0.1:9/twilio/v1/Services", id="a test double"),
    ],
)
def test_a_product_is_asked_at_its_own_host_and_a_test_double_at_one(api_url: str, asked: str) -> None:
    values = {"account_sid": ACCOUNT, "auth_tokens": ["made up"], "api_url": api_url}
    carrier = Carrier(TwilioSettings.model_validate(values))
    with responses.RequestsMock() as outside:
        empty = {"services": [], "meta": {"key": "services", "next_page_url": None}}
        outside.get(asked, json=empty)
        with carrier.asked() as client:
            assert client.messaging.v1.services.list(limit=5) == []
