"""`sami lines`: our numbers at Twilio are compared, connected and released; of a change admins hear the night after."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from cadences.beats import BEATS
from sami.access.api_keys import create_key
from sami.domain.language.actor import person
from sami.domain.organisation.line_addresses import wanted_addresses
from sami.settings.loading import Settings
from tests.support.cast import LINE, OLIVE, STAFF_LINE, agent, olive, organisation
from tests.support.twilio_server import served_rest
from tests.support.world import World
from tests.webhooks.api.program import Program
from webhooks.cli import commands
from webhooks.simulator.rest.faults import RestFault

WANTED = wanted_addresses("https://calls.example.com")
ELSEWHERE = "https://elsewhere.example.com/voice"
BOUGHT = "+15125550115"


@pytest.fixture
def world(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    nightly = tuple(replace(beat, every_s=900) for beat in BEATS if beat.name in ("lines", "texts"))
    file = organisation(agents=[agent("ana"), olive()])
    with World(settings, file, beats=nightly) as world, served_rest(world.network) as api_url:
        monkeypatch.setenv("SAMI_DATABASE__URL", settings.database_url)
        monkeypatch.setenv("SAMI_SERVER__PUBLIC_URL", settings.public_url)
        monkeypatch.setenv("SAMI_TWILIO__ACCOUNT_SID", settings.twilio.account_sid)
        monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS", '["a-made-up-token"]')
        monkeypatch.setenv("SAMI_TWILIO__API_URL", api_url)
        yield world


def sami(*words: str) -> tuple[int, Any]:
    told = CliRunner().invoke(commands, [*words, "--json"])
    return told.exit_code, json.loads(told.stdout) if told.stdout else str(told.exception)


def states() -> dict[str, str]:
    return {line["phone"]: line["state"] for line in sami("lines")[1]["lines"]}


def change(world: World, phone: str, **stated: str) -> None:
    world.network.exchange.lines[phone] = replace(world.network.exchange.lines[phone], **stated)


def stands(world: World, phone: str) -> dict[str, str]:
    return {setting: getattr(world.network.exchange.lines[phone], setting) for setting in WANTED}


def test_lines_are_compared_connected_changed_by_others_and_released(world: World) -> None:
    assert sami("lines")[0] == 0
    change(world, LINE, voice_url=ELSEWHERE, voice_method="GET", trunk_sid="TK" + "1" * 32)
    world.network.add_line(BOUGHT)
    del world.network.exchange.lines[STAFF_LINE]
    code, told = sami("lines")
    assert code == 1
    assert states() == {LINE: "not_connected", STAFF_LINE: "unknown_there", BOUGHT: "unknown_here"}
    assert told["lines"][0]["addresses"][0] == {
        "name": "A call comes in",
        "stands": ELSEWHERE,
        "wanted": "https://calls.example.com/webhooks/voice",
        "why": f"TK{'1' * 32} stands in the place of an address",
    }

    world.network.add_line(STAFF_LINE)
    before = {phone: stands(world, phone) for phone in (LINE, STAFF_LINE)}
    code, told = sami("lines", "connect")
    assert (code, [one["ok"] for one in told["lines"]]) == (0, [True, True])
    assert stands(world, LINE) == stands(world, STAFF_LINE) == WANTED
    assert stands(world, BOUGHT)["voice_url"] == "", "it is no line of ours"
    assert [one["sentence"] for one in sami("lines", "connect", "(512) 555-0100")[1]["lines"]] == [
        f"{LINE} is connected already."
    ]

    change(world, LINE, sms_url=ELSEWHERE)
    assert states()[LINE] == "drifted"
    assert sami("lines", "release")[0] == 0
    assert stands(world, STAFF_LINE) == before[STAFF_LINE]
    put_back = before[LINE] | {"sms_url": ELSEWHERE}
    assert stands(world, LINE) == put_back, "what somebody changed since stays as they left it"
    assert sami("lines", "release") == (0, {"ok": True, "lines": []})


def test_what_cannot_be_done_is_refused_with_its_reason(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(*words: str) -> str:
        told = CliRunner().invoke(commands, list(words))
        assert told.exit_code == 1
        return f"{told.exception or ''} {told.stderr}"

    assert "+15125550199 is no line of the organisation" in refusal("lines", "connect", "+15125550199")
    assert "front desk is no phone number" in refusal("lines", "connect", "front desk")
    assert "nothing is remembered of it" in refusal("lines", "release", LINE)
    change(world, LINE, voice_url="")
    world.network.rest.faults.fail_next(RestFault.STATUS_403, path_holds="POST")
    assert f"{LINE} was not connected: 20403" in refusal("lines", "connect", LINE)
    assert "nothing is remembered of it" in refusal("lines", "release", LINE), "it certainly did not happen"
    monkeypatch.setenv("SAMI_TWILIO__AUTH_TOKENS", '["another"]')
    assert "20003" in refusal("lines")
    monkeypatch.setenv("SAMI_SERVER__PUBLIC_URL", "")
    assert "server.public_url is empty" in refusal("lines", "connect")


def test_the_chain_of_a_line_is_what_the_api_answers(world: World) -> None:
    with world.database.begin() as db:
        key = create_key(db, name="crm", scopes=["organisation:read"], by=person("olive"), now=world.now)
    code, told = sami("lines", "chain", "(512) 555-0100")
    assert (code, told) == (0, Program(world.app, key).get(f"/lines/{LINE}/chain").json)
    words = CliRunner().invoke(commands, ["lines", "chain", LINE, "--at", "2026-11-16 23:00"]).output
    assert "Ana Ruiz (+15125550101), up to 20 s" in words
    assert "Olive Park is off duty" in words
    assert "Then the caller may leave a message." in words
    refused = CliRunner().invoke(commands, ["lines", "chain", "+15125550199"])
    assert (refused.exit_code, LINE in str(refused.exception)) == (1, True)


def test_a_change_in_twilio_is_told_once_the_night_after_and_nothing_is_written(world: World) -> None:
    change(world, LINE, voice_url="")
    assert sami("lines", "connect")[0] == 0
    world.network.run_for(timedelta(days=1).total_seconds())
    assert world.network.texts_to(OLIVE) == []
    change(world, LINE, voice_url=ELSEWHERE)
    world.network.run_for(timedelta(days=3).total_seconds())
    (text,) = world.network.texts_to(OLIVE)
    assert text.body == (
        f"{LINE} was changed in Twilio (A call comes in: {ELSEWHERE} stands there). "
        "If you did not mean that: sami lines connect"
    )
    assert f"{text.at:%H}" == "09", "at night in Chicago"
    assert stands(world, LINE)["voice_url"] == ELSEWHERE


def test_a_night_in_which_twilio_does_not_answer_is_made_up_for(world: World) -> None:
    change(world, LINE, voice_url="")
    assert sami("lines", "connect")[0] == 0
    change(world, LINE, voice_url=ELSEWHERE)
    world.network.run_for(60)
    world.network.rest.faults.fail_next(RestFault.REFUSE, times=2, path_holds="IncomingPhoneNumbers")
    world.network.run_for(timedelta(days=1).total_seconds())
    (text,) = world.network.texts_to(OLIVE)
    assert f"{text.at:%H}" == "11"
