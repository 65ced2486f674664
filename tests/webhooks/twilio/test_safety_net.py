"""The safety net rings somebody or takes a message, whatever it was given."""

import json
from xml.etree import ElementTree

import pytest

from sami.database.sqlite import database_existed
from webhooks.twilio.safety_net import SafetyLine, SafetyNet, SafetyNumber, existed

LINE = "+15125550100"
CALLER = "+13035550147"
DESK, NIGHT, HOUSE = "+15125550111", "+15125550122", "+15125550133"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "safety_net.json"


@pytest.fixture
def net(path):
    net = SafetyNet(path, [NIGHT, HOUSE], public_base="https://sami.example/")
    net.refresh([SafetyLine(LINE, (SafetyNumber(DESK), SafetyNumber(NIGHT, confirm=True)), voice="Polly.Joanna")])
    return net


def parse(document):
    return ElementTree.fromstring(document)  # noqa: S314 - we wrote it.


def verbs(document):
    return [verb.tag for verb in parse(document)]


def dialled(document):
    """The number, its screen and the next address, as the network reads them."""
    dial = parse(document).find("Dial")
    [number] = dial
    return number.text, number.get("url"), dial.get("action")


def walk(net, line=LINE, caller=""):
    """Every number that is rung until the message, each one not answering."""
    rung, document = [], net.document(line, 0, caller)
    while (dial := parse(document).find("Dial")) is not None:
        rung.append(dial.findtext("Number"))
        position = int(dial.get("action").rsplit("/", 1)[1])
        document = net.after_dial(line, position, over=False, caller=caller)
    assert verbs(document)[-2:] == ["Record", "Hangup"]
    return rung


def test_r01_the_bots_numbers_come_first_then_the_settings_each_once(net):
    assert walk(net) == [DESK, NIGHT, HOUSE]


def test_r01_a_number_keeps_its_confirmation_where_the_bot_asked_for_it(net):
    assert dialled(net.document(LINE, 0)) == (DESK, None, "https://sami.example/webhooks/voice/safety/1")
    assert dialled(net.document(LINE, 1))[:2] == (NIGHT, "https://sami.example/webhooks/voice/safety/confirm/en-US")


def test_the_caller_hears_a_sentence_first_and_our_line_is_the_caller_id(net):
    root = parse(net.document(LINE))
    assert [verb.tag for verb in root] == ["Say", "Dial"]
    assert root.find("Say").get("voice") == "Polly.Joanna"
    assert root.find("Dial").attrib.items() >= {("callerId", LINE), ("timeout", "15"), ("method", "POST")}
    assert verbs(net.document(LINE, 1)) == ["Dial"]


def test_past_the_last_number_a_message_is_taken_and_its_recording_is_told(net):
    root = parse(net.document(LINE, 3))
    assert [verb.tag for verb in root] == ["Say", "Record", "Hangup"]
    assert root.find("Record").attrib == {
        "maxLength": "120",
        "playBeep": "true",
        "method": "POST",
        "action": "https://sami.example/webhooks/voice/safety/recorded",
        "recordingStatusCallback": "https://sami.example/webhooks/voice/recording",
    }


@pytest.mark.parametrize("line", ["+19995550100", "", "client:somebody", '"><Dial>', "\x00"])
def test_r01_an_unknown_line_rings_the_settings_numbers(net, line):
    assert walk(net, line) == [NIGHT, HOUSE]


def test_without_any_number_a_message_is_taken_at_once(tmp_path):
    assert walk(SafetyNet(tmp_path / "none.json", [])) == []


@pytest.mark.parametrize("position", [-5, 4, 99])
def test_a_position_outside_the_list_still_answers(net, position):
    assert verbs(net.document(LINE, position))


def test_nobody_is_rung_for_their_own_call(net):
    assert walk(net, caller=DESK) == [NIGHT, HOUSE]
    assert walk(net, caller=HOUSE) == [DESK, NIGHT]
    assert walk(net, caller=CALLER) == [DESK, NIGHT, HOUSE]


def test_a_call_that_is_over_rings_nobody_more(net):
    assert verbs(net.after_dial(LINE, 1, over=True)) == ["Hangup"]


def test_only_key_1_joins_a_screened_phone(net):
    root = parse(net.confirm_document())
    assert [verb.tag for verb in root] == ["Gather", "Hangup"]
    assert root.find("Gather").get("action") == "https://sami.example/webhooks/voice/safety/confirmed/en-US"
    assert verbs(net.confirmed("1")) == ["Say"]
    assert [verbs(net.confirmed(digits)) for digits in ("", "2", "11")] == [["Hangup"]] * 3


def test_a_spanish_line_asks_for_its_1_in_spanish(net):
    net.refresh([SafetyLine(LINE, (SafetyNumber(NIGHT, confirm=True),), language="es-MX")])
    assert "/webhooks/voice/safety/confirm/es-MX" in net.document(LINE, 0)
    (said,) = parse(net.confirm_document("es-MX")).iter("Say")
    assert (said.text, said.get("language")) == ("Oprima 1 para tomar esta llamada.", "es-MX")
    (said,) = parse(net.confirmed("1", "es-MX")).iter("Say")
    assert (said.text, said.get("language")) == ("Le comunico.", "es-MX")


def test_whom_we_called_hears_that_we_are_sorry_in_the_voice_of_the_line(net, path):
    said = "Perdone, algo falló por nuestra parte. Adiós."
    net.refresh([SafetyLine(LINE, sorry=said, voice="Polly.Mia", language="es-MX")])
    for process in (net, SafetyNet(path, [])):
        root = parse(process.called_document(LINE))
        assert [verb.tag for verb in root] == ["Say", "Hangup"]
        assert (root.findtext("Say"), root.find("Say").attrib) == (said, {"voice": "Polly.Mia", "language": "es-MX"})


@pytest.mark.parametrize("line", ["+19995550100", "", '"><Dial>'])
def test_whom_we_called_from_a_line_that_is_not_known_hears_it_in_english(net, line):
    said = "Sorry, something went wrong on our side. Goodbye."
    assert net.called_document(line) == f"<Response><Say>{said}</Say><Hangup/></Response>"


@pytest.mark.parametrize("language", ["xx", "', <", "", "de-DE"])
def test_a_language_without_sentences_is_asked_in_english(net, language):
    assert "Press 1 to take this call." in net.confirm_document(language)


def test_a_broken_leg_hangs_up_a_waiting_caller_leaves_the_queue_a_text_is_silent(net):
    assert verbs(net.leg_document()) == verbs(net.recorded_document()) == ["Hangup"]
    assert verbs(net.wait_document()) == ["Leave"]
    assert verbs(net.message_document()) == []


def test_r01_a_refused_number_is_left_out_and_not_dialled(path):
    net = SafetyNet(path, ["911", "", "12345", "+0555", f"{HOUSE}\n", HOUSE])
    net.refresh([SafetyLine(LINE, (SafetyNumber("</Number>"), SafetyNumber(DESK)))])
    assert walk(net) == [DESK, HOUSE]


def test_s08_sentences_cannot_become_verbs_or_break_the_document(path):
    net = SafetyNet(path, [], public_base='https://sami.example/?a=1&b="2"')
    hostile = "Ana & Ben <Hangup/> \x00\x0b\ud800\ufffe ]]> \"'"
    net.refresh([SafetyLine(LINE, (SafetyNumber(DESK, True),), hold=hostile, apology=hostile, voice=hostile)])
    for position in (0, 1):
        root = parse(net.document(LINE, position))
        assert root.findtext("Say") == "Ana & Ben <Hangup/>  ]]> \"'"
    assert verbs(net.confirm_document()) == ["Gather", "Hangup"]


def test_a_second_process_answers_from_the_file_and_sees_a_change(net, path):
    second = SafetyNet(path, [HOUSE])
    assert walk(second) == [DESK, NIGHT, HOUSE]
    net.refresh([SafetyLine(LINE, (SafetyNumber(NIGHT),))])
    second.load()
    assert walk(second) == [NIGHT, HOUSE]


def test_a_refresh_without_a_change_writes_nothing(net, path):
    before = path.stat()
    assert not net.refresh([SafetyLine(LINE, (SafetyNumber(DESK), SafetyNumber(NIGHT, True)), voice="Polly.Joanna")])
    assert path.stat().st_ino == before.st_ino


def test_a_database_that_forgot_every_line_is_not_believed(net):
    assert not net.refresh([])
    assert walk(net) == [DESK, NIGHT, HOUSE]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\x00garbage", b"[]", b"{}", b'{"lines": 3}', b'{"lines": [{}]}', b'{"lines": [{"line": "+1"'],
)
def test_r01_a_file_of_garbage_still_answers_and_keeps_the_last_good_lines(net, path, content):
    path.write_bytes(content)
    net.load()
    assert walk(net) == [DESK, NIGHT, HOUSE]
    assert walk(SafetyNet(path, [HOUSE])) == [HOUSE]


def test_r01_a_folder_that_cannot_be_written_leaves_the_answers_in_memory(tmp_path):
    net = SafetyNet(tmp_path / "gone" / "safety_net.json", [HOUSE])
    assert net.refresh([SafetyLine(LINE, (SafetyNumber(DESK),))])
    assert walk(net) == [DESK, HOUSE]


def test_fields_of_another_version_are_forgiven(path):
    line = {"line": LINE, "numbers": [{"phone": DESK, "confirm": False, "region": "US"}], "mood": "jazz"}
    path.write_text(json.dumps({"lines": [line], "version": 9}))
    assert walk(SafetyNet(path, [])) == [DESK]


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (None, False),
        (b'{"lines": []}', False),
        (b'{"lines": [{"line": "+1", "numbers": []}]}', True),
        (b"torn {", True),
    ],
)
def test_the_net_and_the_store_agree_on_whether_a_database_existed(path, content, answer):
    if content is not None:
        path.write_bytes(content)
    assert existed(path) is answer
    assert database_existed(path) is answer
