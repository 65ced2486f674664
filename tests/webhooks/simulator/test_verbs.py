"""Each verb does to a caller what Twilio would do."""

import pytest

from tests.webhooks.simulator.program import ANA, AUTH, BASE, BEN, CALLER, CY, LINE, Program, forms, seconds
from webhooks.simulator.behaviours import Answers, Busy, DoesNotExist, Ignores, says_nothing
from webhooks.simulator.network import Network
from webhooks.simulator.people import CallerScript

MENU = (
    '<Gather input="dtmf speech" action="/menu" timeout="3">'
    "<Say>Sales or service?</Say></Gather><Say>Nothing heard</Say>"
)


def test_a_sentence_lasts_as_long_as_its_letters(network: Network, program: Program) -> None:
    program.pages["/voice"] = f"<Say>{'a' * 28}</Say><Pause length='3'/><Play>/hold.mp3</Play>"
    call = network.call(CALLER, LINE)
    network.run()
    assert call.ended_at is not None
    assert seconds(network, call.ended_at) == 2 + 3 + 4
    assert [heard.kind for heard in call.heard] == ["say", "play"]


def test_a_document_that_runs_out_ends_the_call(network: Network, program: Program) -> None:
    program.pages["/voice"] = ""
    call = network.call(CALLER, LINE)
    network.run()
    assert call.state == "completed"
    (status,) = forms(network, "/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "0")


def test_a_key_counts_from_the_first_syllable_and_interrupts(network: Network, program: Program) -> None:
    program.pages |= {"/voice": MENU, "/menu": "<Say>Thank you</Say>"}
    call = network.call(CALLER, LINE, CallerScript(keys=[(0.2, "1#")]))
    network.run()
    assert forms(network, "/menu")[0]["Digits"] == "1"
    assert seconds(network, call.heard[-1].at) == pytest.approx(0.6)


def test_silence_goes_on_to_the_next_verb(network: Network, program: Program) -> None:
    program.pages["/voice"] = MENU
    call = network.call(CALLER, LINE, CallerScript(keys=[(30, "1")]))
    network.run()
    assert call.has_heard("Nothing heard")


def test_an_unfinished_entry_is_submitted_when_no_more_keys_come(network: Network, program: Program) -> None:
    program.pages |= {"/voice": '<Gather action="/menu" numDigits="4" timeout="2"/>', "/menu": "<Hangup/>"}
    network.call(CALLER, LINE, CallerScript(keys=[(1, "78")]))
    network.run()
    assert forms(network, "/menu")[0]["Digits"] == "78"


def test_a_gather_without_an_action_comes_back_to_its_own_page(network: Network, program: Program) -> None:
    program.pages["/voice"] = ['<Gather numDigits="1"/>', "<Say>Back</Say>"]
    call = network.call(CALLER, LINE, CallerScript(keys=[(1, "7")]))
    network.run()
    assert forms(network, "/voice")[1]["Digits"] == "7"
    assert call.has_heard("Back")


def test_spoken_words_arrive_as_a_speech_result(network: Network, program: Program) -> None:
    program.pages |= {"/voice": MENU, "/menu": "<Hangup/>"}
    network.call(CALLER, LINE, CallerScript(speech=["sell my house"]))
    network.run()
    (form,) = forms(network, "/menu")
    assert form["SpeechResult"] == "sell my house"
    assert "Digits" not in form


def test_a_caller_reacts_to_what_is_said(network: Network, program: Program) -> None:
    program.pages |= {"/voice": MENU, "/menu": "<Hangup/>"}
    network.call(CALLER, LINE, CallerScript(reactions=[("service", "2#")]))
    network.run()
    assert forms(network, "/menu")[0]["Digits"] == "2"


def test_relative_addresses_are_read_from_the_page_they_stand_on(network: Network, program: Program) -> None:
    network.add_line(LINE, f"{BASE}/voice/in?bot=1")
    program.pages |= {"/voice/in": "<Redirect>next/page</Redirect>", "/voice/next/page": "<Say>Here</Say>"}
    call = network.call(CALLER, LINE)
    network.run()
    assert call.has_heard("Here")


@pytest.mark.parametrize(("reason", "state"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_is_never_answered(network: Network, program: Program, reason: str, state: str) -> None:
    program.pages["/voice"] = f'<Reject reason="{reason}"/>'
    call = network.call(CALLER, LINE)
    network.run()
    assert call.state == state


# Dial.


def test_without_an_action_the_next_verb_follows_the_dial(network: Network, program: Program) -> None:
    program.pages["/voice"] = f"<Dial timeout='5'>{ANA}</Dial><Say>Nobody</Say>"
    call = network.call(CALLER, LINE)
    network.run()
    assert call.has_heard("Nobody")


@pytest.mark.parametrize(
    ("behaviour", "status"),
    [
        pytest.param(Busy(), "busy", id="busy"),
        pytest.param(Busy(after_s=6), "busy", id="declined after a while"),
        pytest.param(Ignores(), "no-answer", id="rang out"),
        pytest.param(DoesNotExist(), "failed", id="no such phone"),
        pytest.param(says_nothing(talks_s=5), "completed", id="a desk phone"),
    ],
)
def test_the_dial_says_how_its_phone_ended(network: Network, program: Program, behaviour: Answers, status: str) -> None:
    program.pages |= {"/voice": f'<Dial action="/dialled">{ANA}</Dial>', "/dialled": "<Hangup/>"}
    network.add_phone(ANA, behaviour)
    network.call(CALLER, LINE)
    network.run()
    (ended,) = forms(network, "/dialled")
    assert ended["DialCallStatus"] == status
    assert ended["DialBridged"] == str(status == "completed").lower()
    assert ended["DialCallSid"].startswith("CA")
    assert network.faults == []


def test_leg_events_carry_their_parent_and_their_order(network: Network, program: Program) -> None:
    events = "initiated ringing answered completed"
    number = f'<Number statusCallback="/status" statusCallbackEvent="{events}">{ANA}</Number>'
    program.pages["/voice"] = f"<Dial>{number}</Dial>"
    network.add_phone(ANA, says_nothing(talks_s=9))
    call = network.call(CALLER, LINE)
    network.run()
    told = [form for form in forms(network, "/status") if form.get("ParentCallSid") == call.sid]
    assert [form["CallStatus"] for form in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert [form["SequenceNumber"] for form in told] == ["0", "1", "2", "3"]
    assert {form["Direction"] for form in told} == {"outbound-dial"}
    assert told[-1]["CallDuration"] == "9"


def test_a_time_limit_parts_the_two(network: Network, program: Program) -> None:
    program.pages |= {
        "/voice": f'<Dial timeLimit="10" action="/dialled">{ANA}</Dial>',
        "/dialled": "<Say>Over</Say>",
    }
    network.add_phone(ANA, says_nothing(after_s=0, talks_s=None))
    call = network.call(CALLER, LINE)
    network.run()
    assert forms(network, "/dialled")[0]["DialCallDuration"] == "10"
    assert call.has_heard("Over")


def test_a_caller_who_hangs_up_on_an_agent_ends_both_legs(network: Network, program: Program) -> None:
    program.pages |= {"/voice": f'<Dial action="/dialled">{ANA}</Dial>', "/dialled": "<Say>Over</Say>"}
    network.add_phone(ANA, says_nothing(talks_s=None))
    call = network.call(CALLER, LINE, CallerScript(talks_s=20))
    network.run()
    (ended,) = forms(network, "/dialled")
    assert (ended["DialCallStatus"], ended["DialBridged"]) == ("completed", "true")
    assert not call.has_heard("Over")
    assert all(not leg.is_live for leg in network.legs.values())


def test_a_caller_who_shows_a_foreign_number_is_not_connected(network: Network, program: Program) -> None:
    program.pages["/voice"] = f'<Dial callerId="{BEN}" action="/dialled">{ANA}</Dial>'
    program.pages["/dialled"] = "<Hangup/>"
    network.call(CALLER, LINE)
    network.run()
    assert forms(network, "/dialled")[0]["DialCallStatus"] == "failed"
    assert [fault.code for fault in network.faults] == [13214]


def test_a_bridge_is_what_answers_when_so_asked(network: Network, program: Program) -> None:
    program.pages |= {
        "/voice": f'<Dial answerOnBridge="true" action="/dialled">{ANA}</Dial>',
        "/dialled": "<Hangup/>",
    }
    network.add_phone(ANA, says_nothing(after_s=10, talks_s=5))
    network.call(CALLER, LINE)
    network.run()
    (status,) = (form for form in forms(network, "/status") if form["Direction"] == "inbound")
    assert status["CallDuration"] == "5"


def test_a_phone_on_a_call_is_busy_and_being_rung_twice_is_noticed(network: Network, program: Program) -> None:
    program.pages["/voice"] = f"<Dial>{ANA}</Dial>"
    network.add_phone(ANA, says_nothing(after_s=1, talks_s=60))
    network.call(CALLER, LINE)
    network.run_for(10)
    second = network.call(CY, LINE)
    network.run()
    assert [ring.result for ring in second.rang] == ["busy"]
    assert [(double.phone, double.already) for double in network.double_rings] == [(ANA, "talking")]


@pytest.mark.parametrize("outlives", [False, True])
def test_a_screen_may_or_may_not_outlive_its_caller(network: Network, program: Program, outlives: bool) -> None:
    network.exchange.screen_outlives_caller = outlives
    program.pages |= {
        "/voice": f'<Dial action="/dialled"><Number url="/screen">{ANA}</Number></Dial>',
        "/screen": '<Gather numDigits="1" action="/pressed"><Say>Press 1</Say></Gather><Hangup/>',
        "/pressed": "<Say>Thank you</Say>",
        "/dialled": "<Hangup/>",
    }
    network.add_phone(ANA, Answers(after_s=2, press_after_s=4))
    call = network.call(CALLER, LINE, CallerScript(hangs_up_after_s=4))
    network.run()
    assert len(forms(network, "/pressed")) == int(outlives)
    assert call.joined == []
    assert all(not leg.is_live for leg in network.legs.values())


# Record.


def test_a_message_is_recorded_and_its_file_follows(network: Network, program: Program) -> None:
    record = '<Record action="/recorded" recordingStatusCallback="/file" maxLength="120"/>'
    program.pages |= {"/voice": record, "/recorded": "<Say>Thank you</Say>", "/file": program.pages["/status"]}
    call = network.call(CALLER, LINE, CallerScript(voicemail_s=8, ends_voicemail_with="#"))
    network.run()
    (recorded,) = forms(network, "/recorded")
    assert (recorded["RecordingDuration"], recorded["Digits"]) == ("8", "#")
    assert call.has_heard("Thank you")
    (file,) = forms(network, "/file")
    assert (file["RecordingStatus"], file["RecordingUrl"]) == ("completed", recorded["RecordingUrl"])


def test_hanging_up_on_the_beep_still_hands_over_the_recording(network: Network, program: Program) -> None:
    program.pages |= {"/voice": '<Record action="/recorded"/>', "/recorded": "<Say>Thank you</Say>"}
    call = network.call(CALLER, LINE, CallerScript(voicemail_s=8))
    network.run()
    (recorded,) = forms(network, "/recorded")
    assert (recorded["Digits"], recorded["CallStatus"]) == ("hangup", "completed")
    assert not call.has_heard("Thank you")


def test_silence_after_the_beep_records_nothing(network: Network, program: Program) -> None:
    program.pages["/voice"] = '<Record action="/recorded" timeout="5"/><Say>Goodbye</Say>'
    call = network.call(CALLER, LINE, CallerScript(voicemail_s=None))
    network.run()
    assert call.has_heard("Goodbye")


@pytest.mark.parametrize(
    ("ends_with", "max_length", "duration"),
    [pytest.param("silence", 120, "8", id="falls silent"), pytest.param("silence", 5, "5", id="the limit")],
)
def test_a_recording_ends_by_silence_or_at_its_limit(
    network: Network, program: Program, ends_with: str, max_length: int, duration: str
) -> None:
    program.pages |= {
        "/voice": f'<Record action="/recorded" maxLength="{max_length}"/>',
        "/recorded": "<Hangup/>",
    }
    network.call(CALLER, LINE, CallerScript(voicemail_s=8, ends_voicemail_with=ends_with))
    network.run()
    assert forms(network, "/recorded")[0]["RecordingDuration"] == duration


# Queue.

ENQUEUE = '<Enqueue action="/left" waitUrl="/wait">room</Enqueue>'


@pytest.fixture
def queued(program: Program) -> None:
    program.pages |= {
        "/voice": ENQUEUE,
        "/wait": "<Play>/music.mp3</Play>",
        "/left": "<Say>After the queue</Say>",
        "/take": '<Dial action="/done"><Queue>room</Queue></Dial>',
        "/done": "<Hangup/>",
    }


def call_agent(network: Network, number: str = ANA, url: str = f"{BASE}/take") -> None:
    path = f"/2010-04-01/Accounts/{AUTH[0]}/Calls.json"
    form = [("To", number), ("From", LINE), ("Url", url), ("Timeout", "15")]
    assert network.rest.handle("POST", path, form, AUTH)[0] == 201


@pytest.mark.usefixtures("queued")
def test_the_wait_page_is_asked_again_each_time_it_ends(network: Network) -> None:
    network.call(CALLER, LINE, CallerScript(hangs_up_after_s=10))
    network.run()
    waits = forms(network, "/wait")
    assert [form["QueueTime"] for form in waits] == ["0", "4", "8"]
    assert {(form["QueuePosition"], form["CurrentQueueSize"]) for form in waits} == {("1", "1")}


@pytest.mark.usefixtures("queued")
def test_a_caller_who_hangs_up_in_the_queue_is_reported(network: Network) -> None:
    call = network.call(CALLER, LINE, CallerScript(hangs_up_after_s=10))
    network.run()
    (left,) = forms(network, "/left")
    assert (left["QueueResult"], left["QueueTime"], left["CallStatus"]) == ("hangup", "10", "completed")
    assert not call.has_heard("After the queue")


@pytest.mark.usefixtures("queued")
def test_a_wait_page_can_send_the_caller_out_of_the_queue(network: Network, program: Program) -> None:
    program.pages["/wait"] = ["<Play>/music.mp3</Play>", "<Leave/>"]
    call = network.call(CALLER, LINE)
    network.run()
    assert forms(network, "/left")[0]["QueueResult"] == "leave"
    assert call.has_heard("After the queue")


@pytest.mark.usefixtures("queued")
def test_a_caller_is_redirected_out_of_the_queue(network: Network, program: Program) -> None:
    program.pages["/elsewhere"] = "<Say>Elsewhere</Say>"
    call = network.call(CALLER, LINE)
    network.run_for(3)
    path = f"/2010-04-01/Accounts/{AUTH[0]}/Calls/{call.sid}.json"
    network.rest.handle("POST", path, [("Url", f"{BASE}/elsewhere")], AUTH)
    network.run()
    assert forms(network, "/left")[0]["QueueResult"] == "redirected"
    assert call.has_heard("Elsewhere")
    assert not call.has_heard("After the queue")


@pytest.mark.usefixtures("queued")
def test_an_agent_takes_the_front_caller_and_the_action_comes_when_they_part(network: Network) -> None:
    network.add_phone(ANA, says_nothing(after_s=3, talks_s=30))
    call = network.call(CALLER, LINE)
    network.run_for(2)
    call_agent(network)
    network.run()
    (talk,) = call.joined
    assert talk.phone == ANA
    (left,) = forms(network, "/left")
    assert (left["QueueResult"], left["QueueTime"]) == ("bridged", "5")
    assert call.has_heard("After the queue")
    (done,) = forms(network, "/done")
    assert (done["DialCallStatus"], done["DialBridged"], done["DialCallDuration"]) == (
        "completed",
        "true",
        "30",
    )
    assert network.faults == []


@pytest.mark.usefixtures("queued")
def test_a_second_agent_finds_the_queue_empty_and_waits_no_longer_than_told(network: Network, program: Program) -> None:
    program.pages["/take"] = '<Dial action="/done" timeout="6"><Queue>room</Queue></Dial>'
    network.add_phone(ANA, says_nothing(after_s=1, talks_s=60))
    network.add_phone(BEN, says_nothing(after_s=1, talks_s=60))
    call = network.call(CALLER, LINE)
    network.run_for(1)
    call_agent(network, ANA)
    call_agent(network, BEN)
    network.run()
    assert [talk.phone for talk in call.joined] == [ANA]
    done = {form["To"]: form["DialBridged"] for form in forms(network, "/done")}
    assert done == {ANA: "true", BEN: "false"}


@pytest.mark.usefixtures("queued")
def test_an_agent_who_dials_a_caller_just_gone_is_not_left_hanging(network: Network) -> None:
    network.add_phone(ANA, says_nothing(after_s=4, talks_s=60))
    network.call(CALLER, LINE, CallerScript(hangs_up_after_s=5))
    network.run_for(1)
    call_agent(network)
    network.run()
    assert all(not leg.is_live for leg in network.legs.values())


@pytest.mark.usefixtures("queued")
def test_a_full_queue_sends_the_caller_on(network: Network, program: Program) -> None:
    program.pages["/voice"] = '<Enqueue action="/left" maxQueueSize="1" waitUrl="/wait">room</Enqueue>'
    network.call(CY, LINE, CallerScript(hangs_up_after_s=9))
    network.run_for(1)
    call = network.call(CALLER, LINE)
    network.run()
    assert call.has_heard("After the queue")
    assert "queue-full" in {form["QueueResult"] for form in forms(network, "/left")}
