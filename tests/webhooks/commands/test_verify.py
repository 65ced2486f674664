"""Test rings: a phone is verified by whoever presses 1 on it, and by nothing else."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cadences.beats import BEATS
from sami import clock
from sami.agents import verification
from sami.doctor.phones import check_phones
from sami.domain.language.actor import person
from sami.organisation.applying import apply_file, export_text
from sami.settings.loading import Settings
from sami.store.facts import read_directory
from sami.store.people import stored_agents
from sami.store.verification import confirmed_phones, find_test_ring, test_rings
from sami.store.work import tasks
from tests.support.cast import ANA, BEN, CELL, DESK, LEE, agent, cell, desk, olive, organisation
from tests.support.world import World
from webhooks.cli import commands
from webhooks.simulator.behaviours import Answers, Behaviour, Busy, DoesNotExist, Ignores, Voicemail
from webhooks.simulator.people import CallerScript
from webhooks.simulator.rest.faults import RestFault

UNVERIFIED = [agent("ana", verified=False), agent("ben"), olive()]


def file(*, people: list[dict[str, Any]] = UNVERIFIED) -> str:
    return organisation(agents=people, bot={"fallback": [desk(), cell()], "pattern": "assigned_then_group"})


BEATS_NEEDED = tuple(replace(beat, every_s=2) for beat in BEATS if beat.name in ("legs", "bot_calls"))


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, file(), beats=BEATS_NEEDED) as world:
        yield world


def ring(world: World, who: str, *behaviours: Behaviour, seconds: float = 120) -> Any:
    """Asked for and lived through; the ring's row."""
    with world.database.begin() as db:
        subject = verification.find_subject(read_directory(db), who)
        ref = verification.ask_test_ring(db, subject, by=person("olive"), now=world.now)
    world.phone(subject.phone, *behaviours)
    world.network.run_for(seconds)
    with world.database.read() as db:
        return find_test_ring(db, ref)


def heard(world: World, phone: str) -> list[str]:
    return [each.text for each in world.network.heard_by(phone)]


def test_s03_who_presses_1_is_verified_and_rung_by_the_next_call(world: World) -> None:
    ringing = ring(world, "ana", Answers(press_after_s=3))
    assert (ringing.state, ringing.why) == ("confirmed", "")
    assert heard(world, ANA) == [
        "This is a test ring of Harbor Homes. Press 1, and calls may ring this phone.",
        "Thank you. Calls may ring this phone now. Goodbye.",
    ]
    assert world.agent("ana").verified
    assert world.agent("ana").verified_at == ringing.ended_at
    world.phone(BEN, Busy())
    world.phone(ANA, Answers(talks_s=20))
    assert "ana" in [attempt["agent"] for attempt in world.why(world.call(LEE))["attempts"]]


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        pytest.param(Voicemail(after_s=0), "nobody pressed 1; a voicemail may have answered", id="a voicemail"),
        pytest.param(Answers(presses=""), "nobody pressed 1; a voicemail may have answered", id="nobody presses"),
        pytest.param(Ignores(), "nobody answered", id="it rings out"),
        pytest.param(Busy(), "the phone was busy", id="busy"),
        pytest.param(DoesNotExist(), "the phone could not be reached", id="no such phone"),
    ],
)
def test_s03_whatever_is_no_1_verifies_nobody_and_says_why(world: World, behaviour: Behaviour, why: str) -> None:
    ringing = ring(world, "ana", behaviour)
    assert (ringing.state, ringing.why) == ("failed", why)
    assert not world.agent("ana").verified


def test_another_key_is_asked_again(world: World) -> None:
    keys = CallerScript(keys=[(3, "7"), (6, "4"), (9, "1")])
    assert ring(world, "ana", Answers(performs=keys)).state == "confirmed"
    assert heard(world, ANA).count("This is a test ring of Harbor Homes. Press 1, and calls may ring this phone.") == 3


def test_a_fallback_number_is_verified_in_the_same_way_and_apply_stops_saying_otherwise(world: World) -> None:
    assert ring(world, DESK, Answers(press_after_s=3)).state == "confirmed"
    with world.database.begin() as db:
        assert set(confirmed_phones(db)) == {DESK}
        (note,) = [
            w for w in apply_file(db, file(), prune=False, by=person("x"), now=world.now).warnings if "fallback" in w
        ]
    assert note == (
        f"[[bots]] main: fallback numbers are not verified: {CELL}. They ring all the same; `sami verify {CELL}` "
        "rings one and asks for a 1."
    )


def test_r13_a_ring_that_twilio_refuses_says_so(world: World) -> None:
    world.network.rest.faults.fail_next(RestFault.STATUS_403, 1, "/Calls.json")
    ringing = ring(world, "ana", Answers(press_after_s=3))
    assert ringing.state == "failed"
    assert ringing.why == "Twilio refused the call: 20403 Unable to create record: Forbidden"


def test_r13_a_ring_whose_answer_was_lost_rings_once_and_is_confirmed_all_the_same(world: World) -> None:
    world.network.rest.faults.fail_next(RestFault.LOSE_ANSWER, 1, "/Calls.json")
    assert ring(world, "ana", Answers(press_after_s=3)).state == "confirmed"
    assert [rung.phone for rung in world.network.rings] == [ANA]


def test_a_changed_phone_closes_the_gate_and_a_ring_to_the_old_one_opens_nothing(world: World) -> None:
    ring(world, "ana", Answers(press_after_s=3))
    with world.database.begin() as db:
        subject = verification.find_subject(read_directory(db), "ana")
        ref = verification.ask_test_ring(db, subject, by=person("olive"), now=world.now)
        moved = agent("ana", phone="+15125550155")
        del moved["verified"]
        apply_file(db, file(people=[moved, *UNVERIFIED[1:]]), prune=False, by=person("x"), now=world.now)
    assert (world.agent("ana").verified, world.agent("ana").verified_at) == (False, None)
    world.phone(ANA, Answers(press_after_s=3))
    world.network.run_for(60)
    with world.database.read() as db:
        ringing = find_test_ring(db, ref)
    assert ringing is not None
    assert ringing.state == "confirmed"
    assert not world.agent("ana").verified


def test_a_verified_phone_is_exported_so_and_stays_so_when_the_export_is_applied(world: World) -> None:
    ring(world, "ana", Answers(press_after_s=3))
    with world.database.begin() as db:
        exported = export_text(db, world.now)
        assert re.search(r'key = "ana"(.|\n)*?verified = true', exported)
        assert not apply_file(db, exported, prune=False, by=person("x"), now=world.now).changes
        assert stored_agents(db)["ana"].verified_at is not None


def test_s03_a_phone_is_rung_five_times_an_hour_at_most(world: World) -> None:
    for _ in range(5):
        ring(world, "ana", Busy(), seconds=20)
    with pytest.raises(verification.RingRefused, match="was rung 5 times within an hour"):
        ring(world, "ana", Busy())
    world.network.run_for(3600)
    assert ring(world, "ana", Answers(press_after_s=3)).state == "confirmed"


def test_r01_a_ring_nobody_asked_for_hangs_up(world: World) -> None:
    world.phone(LEE, Answers())
    form = {"AccountSid": world.settings.twilio.account_sid, "CallSid": "CA" + "7" * 32}
    answer = _signed(world, f"/webhooks/voice/test-ring/{'0' * 16}", form)
    assert answer.status_code == 200
    assert "<Hangup" in answer.get_data(as_text=True)


def test_r04_the_same_1_twice_hears_the_same_words_and_verifies_once(world: World) -> None:
    ringing = ring(world, "ana", Answers(press_after_s=3))
    form = {"AccountSid": world.settings.twilio.account_sid, "CallSid": ringing.call, "Digits": "1"}
    again = _signed(world, f"/webhooks/voice/test-ring/{ringing.ref}/key/0", form)
    assert "Calls may ring this phone now" in again.get_data(as_text=True)
    assert world.agent("ana").verified_at == ringing.ended_at


def _signed(world: World, path: str, form: dict[str, str]) -> Any:
    from webhooks.simulator.signing import sign

    token = world.settings.twilio.auth_tokens[0].get_secret_value()
    signature = sign(token, world.settings.public_url + path, form.items())
    return world.client.post(path, data=form, headers={"X-Twilio-Signature": signature})


# --- Who is rung by no call, said by apply and doctor.

Sami = Callable[..., Result]


@pytest.fixture
def sami(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Sami:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    return lambda *arguments, **given: CliRunner().invoke(commands, list(arguments), **given)


def test_apply_names_on_its_last_line_whom_no_call_will_ring_and_why(sami: Sami) -> None:
    people = [agent("ana", verified=False), agent("ben", verified=False), agent("cy", calls=False), olive()]
    applied = sami("apply", "-", input=organisation(agents=people))
    assert applied.output.splitlines()[-1] == (
        "No call will ring anybody: Ana Ruiz [ana], Ben Okafor [ben] (a phone that was never verified); Cy Lund [cy], "
        "Olive Park [olive] (calls switched off). Verify a phone by a test ring: `sami verify ana`."
    )


def test_doctor_says_it_too_and_is_content_once_somebody_can_be_rung(world: World) -> None:
    def levels() -> list[str]:
        with world.database.read() as db:
            return [f"{check.name} {check.level}" for check in check_phones(db, world.now)]

    world.set_agent("ben", verified=False)
    assert levels() == ["phones wrong"]
    ring(world, "ana", Answers(press_after_s=3))
    assert levels() == ["phones advice"]
    world.set_agent("ben", verified=True)
    world.set_agent("olive", calls_on=True)
    assert levels() == ["phones ok"]
    with world.database.read() as db:
        (check,) = [c for c in check_phones(db, world.now + timedelta(days=90)) if c.name == "verification"]
    assert (check.level, check.sentence) == ("advice", "Verified more than 90 days ago: ana.")
    assert world.agent("ana").verified, "advice only"


def test_the_command_rings_and_waits_for_the_1(world: World, sami: Sami, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command looks into the database; meanwhile this test plays worker and phone."""
    world.phone(ANA, Answers(press_after_s=3))

    class Pause:
        def wait(self, _: float) -> None:
            world.network.run_for(5)

    monkeypatch.setattr("webhooks.commands.organisation.verify.Event", Pause)
    rung = sami("verify", "ana")
    assert rung.output.splitlines() == [
        f"Ringing Ana Ruiz, {ANA}: pick up and press 1.",
        "Verified: calls may ring Ana Ruiz.",
    ]
    assert rung.exit_code == 0
    listed = sami("verify").output.splitlines()
    assert listed[0].startswith(f"ana              Ana Ruiz, {ANA}: verified by a test ring at 2026-11-16 16:0")
    assert listed[1] == f"ben              Ben Okafor, {BEN}: verified, as the file says"
    assert listed[3] == f"{DESK}     Front desk, {DESK}: not verified; it rings all the same"


@pytest.mark.parametrize(
    ("who", "said"),
    [
        pytest.param(
            "anna", 'No agent has the key "anna", and no bot that fallback number. Did you mean ana?', id="key"
        ),
        pytest.param("+15125559999", "Give an agent's key, or a fallback number of a bot.", id="phone"),
    ],
)
def test_whom_nobody_knows_is_not_rung(world: World, sami: Sami, who: str, said: str) -> None:
    refused = sami("verify", who)
    assert refused.exit_code == 1
    assert said in str(refused.exception)
    with world.database.read() as db:
        assert not db.execute(test_rings.select()).all()


def test_a_test_ring_is_no_call_of_a_leads_and_leaves_no_task(world: World) -> None:
    ring(world, "ana", Ignores())
    with world.database.read() as db:
        assert not db.execute(tasks.select()).all()
    assert clock.utc_now() == world.now
