"""What customers ask for by text: to stop, to be called, to be left in peace until later; and whoever reads them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sami.apply import apply
from sami.consent import ledger
from sami.database.engine import Database
from sami.domain.consent.permission import Channel
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import Enrol, PauseCadences, PlaceCall
from sami.settings.sections import LimitsSettings
from sami.store.cadences import enrolments
from sami.store.leads import find_lead_by_phone, leads, timeline
from sami.store.outbound_calls import placed_calls
from sami.store.texts import consent_changes, do_not_contact, texts
from sami.store.work import outbox_items, tasks
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from tests.support.cast import ANA, LEE, LINE, OLIVE, STAFF_LINE, STRANGER
from tests.support.signed import publish
from tests.support.texting import FILE, MINUTE, MONDAY_10, Texting

CADENCE = """
[[cadences]]
key = "nurture"
name = "Nurture"
[[cadences.steps]]
do = "wait"
for = "1 day"
[[cadences.steps]]
do = "text_lead"
say = "Still looking?"
"""
CONFIRMED = "You are opted out: no more texts or calls from Harbor Homes. Reply START to undo this."
CALLING = "We are calling you now."


@pytest.fixture
def business(database: Database) -> Texting:
    made = Texting(database)
    publish(database, FILE + CADENCE)
    return made


@pytest.fixture
def lee(business: Texting) -> int:
    """Lee has written before, is Ana's, and is in a cadence."""
    business.text("Hello", sender=LEE, line=LINE)
    business.do(lambda db: apply(db, [Enrol(1, "nurture", person("test"), E164(LINE))], business.now))
    business.now += timedelta(hours=1)
    return 1


def cadence_of(business: Texting) -> Any:
    [row] = business.rows(enrolments)
    return row


def lines(business: Texting, kind: str) -> list[str]:
    return [row.text for row in business.rows(timeline) if row.kind == kind]


PAUSED_AND_ANSWER = "Nurture is paused. To go on text RESUME L1.\nAnswer: L1 and your words"


def forwards(business: Texting) -> list[str]:
    return [row.payload["body"] for row in business.waiting() if row.dedupe_key.startswith("forward/")]


# --- Stop.


@pytest.mark.parametrize("body", ["Please remove me from your list", "do not text me", "leave me alone"])
def test_r12_a_wish_to_stop_is_obeyed_at_once_and_confirmed_once(business: Texting, lee: int, body: str) -> None:
    assert business.text(body, sender=LEE, line=LINE) == CONFIRMED
    assert business.consent(LEE) == "opted_out"
    assert (cadence_of(business).state, cadence_of(business).reason) == ("cancelled", "opted out")
    [change] = business.rows(consent_changes)
    assert (change.state, change.source, change.words, change.at) == ("opted_out", "text SM2", body, business.now)
    assert business.text(body, sender=LEE, line=LINE) is None
    assert len(business.rows(consent_changes)) == 1
    assert [row.body for row in business.rows(texts) if row.direction == "out"] == [CONFIRMED]


def test_after_a_wish_to_stop_nothing_is_said_until_start(business: Texting, lee: int) -> None:
    business.text("leave me alone", sender=LEE, line=LINE)
    for body in ("please call me", "unsubscribe me", "hello?"):
        business.now += 20 * MINUTE
        assert business.text(body, sender=LEE, line=LINE) is None
    assert business.rows(placed_calls) == []
    assert business.text("START", sender=LEE, line=LINE) is None
    assert business.consent(LEE) == "opted_in"
    assert business.text("leave me alone", sender=LEE, line=LINE) == CONFIRMED
    assert [row.state for row in business.rows(consent_changes)] == ["opted_out", "opted_in", "opted_out"]


def test_the_owner_hears_that_they_asked_to_stop_and_cannot_answer(business: Texting, lee: int) -> None:
    business.text("stop texting me", sender=LEE, line=LINE)
    said = forwards(business)[-1]
    assert said.endswith("They asked not to be contacted: do not call, and nothing more is sent to them.")
    assert "Answer:" not in said


def test_the_carriers_stop_ends_cadences_and_is_not_answered_by_us(business: Texting, lee: int) -> None:
    assert business.text("STOP", sender=LEE, line=LINE) is None
    assert cadence_of(business).state == "cancelled"
    assert [(row.state, row.words) for row in business.rows(consent_changes)] == [("opted_out", "STOP")]


def test_a_strangers_wish_to_stop_makes_no_lead_and_is_confirmed(business: Texting) -> None:
    assert business.text("take me off your list", sender=STRANGER, line=LINE) == CONFIRMED
    assert business.rows(leads) == []
    assert business.waiting() == []
    assert business.consent(STRANGER) == "opted_out"


def test_s04_confirmations_count_against_the_cap_of_replies(business: Texting) -> None:
    told = []
    for _ in range(7):
        told.append(business.text("leave me alone", sender=LEE, line=LINE))
        business.text("START", sender=LEE, line=LINE)
    assert told == [CONFIRMED] * 5 + [None] * 2
    assert len([row for row in business.rows(consent_changes) if row.state == "opted_out"]) == 7


@pytest.mark.parametrize(
    ("limits", "answered"),
    [(LimitsSettings(replies_per_prefix=3), 3), (LimitsSettings(replies_overall=4), 4), (LimitsSettings(), 6)],
)
def test_s04_confirmations_to_many_phones_have_a_cap_too(
    business: Texting, limits: LimitsSettings, answered: int
) -> None:
    told = [business.text("stop it", sender=f"+1512555{number}", limits=limits) for number in range(1201, 1207)]
    assert sum(reply is not None for reply in told) == answered
    assert {business.consent(f"+1512555{number}") for number in range(1201, 1207)} == {"opted_out"}
    assert business.text("stop it", sender="+12125550100", limits=limits) == (CONFIRMED if answered != 4 else None)


def test_no_thanks_is_no_opt_out(business: Texting, lee: int) -> None:
    assert business.text("no thanks", sender=LEE, line=LINE) is None
    assert business.consent(LEE) is None
    assert cadence_of(business).state == "paused"
    assert lines(business, "suggestion") == ["Looks like they are not interested."]


def test_who_wants_no_texts_may_be_called_and_the_other_way_round(business: Texting, lee: int) -> None:
    assert business.text("Don't text me, call me", sender=LEE, line=LINE) is None
    assert [(row.channel, row.until) for row in business.rows(do_not_contact)] == [("text", None)]
    assert business.consent(LEE) is None
    business.text("ok. But don't call me, text me", sender=LEE, line=LINE)
    assert {row.channel for row in business.rows(do_not_contact)} == {"call", "text"}
    business.text("START", sender=LEE, line=LINE)
    assert len(business.rows(do_not_contact)) == 2


# --- Call me.


@pytest.mark.parametrize("body", ["call me", "Please call!", "Can you call me now?"])
def test_who_asks_for_a_call_is_called_at_once(business: Texting, lee: int, body: str) -> None:
    assert business.text(body, sender=LEE, line=LINE) == CALLING
    [placed] = business.rows(placed_calls)
    assert (placed.phone, placed.line, placed.lead_id, placed.agent_first) == (LEE, LINE, lee, False)
    assert (placed.dedupe_key, placed.asked_at) == ("call_me/SM2", business.now)
    assert [row.kind for row in business.rows(outbox_items) if row.kind == "bot_call"] == ["bot_call"]
    assert "We are calling them now." in forwards(business)[-1]


def test_a_stranger_who_asks_for_a_call_becomes_a_lead_and_is_called(business: Texting) -> None:
    assert business.text("call me now", sender=STRANGER, line=LINE) == CALLING
    assert [row.phone for row in business.rows(leads)] == [STRANGER]
    assert [row.phone for row in business.rows(placed_calls)] == [STRANGER]


def test_a_call_is_asked_for_at_night_too(business: Texting, lee: int) -> None:
    business.now += timedelta(hours=12)
    assert business.text("call me", sender=LEE, line=LINE) == CALLING


def test_s03_nobody_is_called_abroad_nor_more_than_three_times_an_hour(business: Texting) -> None:
    assert business.text("call me", sender="+442079460123", line=LINE) is None
    assert "They ask for a call." in forwards(business)[-1]
    calling = []
    for _ in range(5):
        calling.append(business.text("call me", sender=LEE, line=LINE))
        business.do(lambda db: db.execute(placed_calls.update().values(state="ended")))
        business.now += 11 * MINUTE
    assert calling == [CALLING] * 3 + [None] * 2
    business.now += timedelta(hours=1)
    assert business.text("call me", sender=LEE, line=LINE) == CALLING


def test_who_wants_no_calls_is_not_called(business: Texting, lee: int) -> None:
    channels = (Channel.CALL,)
    business.do(
        lambda db: ledger.bar(db, phone=E164(LEE), channels=channels, until=None, source="a list", now=business.now)
    )
    assert business.text("call me", sender=LEE, line=LINE) is None
    assert business.rows(placed_calls) == []


def test_nobody_is_called_twice_at_once(business: Texting, lee: int) -> None:
    call = PlaceCall(lee, E164(LEE), E164(LINE), "another")
    business.do(lambda db: apply(db, [call], business.now))
    assert business.text("call me", sender=LEE, line=LINE) is None
    assert len(business.rows(placed_calls)) == 1


# --- Everything else is for a person.


def test_a_reply_pauses_cadences_and_marks_the_lead_in_touch_once(business: Texting, lee: int) -> None:
    business.text("Is it still available?", sender=LEE, line=LINE)
    business.text("Hello?", sender=LEE, line=LINE)
    assert (cadence_of(business).state, cadence_of(business).paused_until) == ("paused", None)
    assert cadence_of(business).reason == "they replied"
    [lead] = business.rows(leads)
    assert lead.connected_at == MONDAY_10 + timedelta(seconds=1)
    assert lines(business, "connected") == ["In touch: their first text."]


def test_help_is_no_reply(business: Texting, lee: int) -> None:
    business.text("HELP", sender=LEE, line=LINE)
    assert cadence_of(business).state == "active"


@pytest.mark.parametrize(
    ("body", "suggested"),
    [
        ("call me tomorrow at 3", "Looks like they want to be contacted later, Tue 3:00 PM."),
        ("not a good time", "Looks like they want to be contacted later."),
        ("wrong number", "Looks like this is a wrong number."),
        ("not interested", "Looks like they are not interested."),
    ],
)
def test_what_it_looks_like_is_suggested_and_nothing_is_done(
    business: Texting, lee: int, body: str, suggested: str
) -> None:
    assert business.text(body, sender=LEE, line=LINE) is None
    assert (
        forwards(business)[-1]
        == f"Text from caller ending 0142: {body}\n{suggested}\n{PAUSED_AND_ANSWER}. OK L1 accepts"
    )
    assert lines(business, "suggestion") == [suggested.replace("Tue 3:00 PM", "Tue Nov 17 3:00 PM CST")]
    assert (business.rows(placed_calls), business.consent(LEE)) == ([], None)


def test_times_are_read_where_the_lead_lives_and_told_where_the_reader_lives(business: Texting) -> None:
    business.text("call me tomorrow at 3", sender="+12125550142", line=LINE)
    assert "contacted later, Tue 2:00 PM CST (Tue 3:00 PM EST where they are)." in forwards(business)[-1]
    assert lines(business, "suggestion") == [
        "Looks like they want to be contacted later, Tue Nov 17 2:00 PM CST (Tue 3:00 PM EST where they are)."
    ]


def test_attachments_are_kept_and_shown_and_their_links_not_handed_on(business: Texting, lee: int) -> None:
    media = ("https://api.twilio.com/Media/ME1", "https://api.twilio.com/Media/ME2")
    text = InboundText("SM99", E164(LEE), E164(LINE), "Look", media=media)
    business.do(lambda db: receive_text(db, text, LimitsSettings(), business.now))
    assert business.rows(texts)[-1].media == list(media)
    assert lines(business, "text")[-1] == "Look [https://api.twilio.com/Media/ME1 https://api.twilio.com/Media/ME2]"
    assert forwards(business)[-1] == f"Text from caller ending 0142: Look (2 attachments)\n{PAUSED_AND_ANSWER}"


def test_an_archived_lead_that_texts_returns(business: Texting, lee: int) -> None:
    business.do(lambda db: db.execute(leads.update().values(stage="ARCHIVED")))
    business.text("Still there?", sender=LEE, line=LINE)
    assert [row.stage for row in business.rows(leads)] == ["CONTACTING"]


def test_an_opt_out_reported_by_the_carrier_ends_cadences(business: Texting, lee: int) -> None:
    business.do(lambda db: ledger.withdraw(db, phone=E164(LEE), source="carrier 21610", now=business.now))
    assert cadence_of(business).state == "cancelled"
    assert lines(business, "consent") == ["Opted out of every channel, by carrier 21610"]


# --- An agent answers.


def answers(business: Texting) -> list[Any]:
    return [row for row in business.waiting() if row.dedupe_key.startswith("answer/")]


@pytest.mark.parametrize("line", [LINE, STAFF_LINE])
def test_the_owner_answers_by_text_and_the_lead_sees_our_number(business: Texting, lee: int, line: str) -> None:
    assert business.text("1 Hi Lee, it is.", sender=ANA, line=line) == "Sent to caller ending 0142."
    [answer] = answers(business)
    assert (answer.payload["to"], answer.payload["line"], answer.payload["body"]) == (LEE, LINE, "Hi Lee, it is.")
    assert (cadence_of(business).state, cadence_of(business).by) == ("paused", "ana")
    assert lines(business, "text")[-1] == "Ana Ruiz: Hi Lee, it is."
    assert lines(business, "response") == ["First response: Ana Ruiz answered by text, after 1 h, 55 min 1 s late."]


def test_the_answer_leaves_from_the_line_that_the_lead_wrote_to_last(business: Texting, lee: int) -> None:
    business.text("And here?", sender=LEE, line=STAFF_LINE)
    business.text("#1: Yes", sender=ANA, line=LINE)
    assert answers(business)[0].payload["line"] == STAFF_LINE


def test_who_runs_the_business_may_answer_for_others_and_agents_may_not(business: Texting, lee: int) -> None:
    assert business.text("1 Hi", sender="+15125550102") == "Nothing was sent: lead L1 is not yours."
    assert business.text("1 Hi", sender=OLIVE) == "Sent to caller ending 0142."
    assert len(answers(business)) == 1


def test_an_answer_that_cannot_be_sent_is_refused_in_a_sentence(business: Texting, lee: int) -> None:
    refused = "Nothing was sent: "
    assert business.text("77 Hi") == f"{refused}there is no lead L77."
    assert str(business.text("1")).startswith(f"{refused}write your words behind the number")
    business.text("leave me alone", sender=LEE, line=LINE)
    assert str(business.text("1 Hi")).startswith(f"{refused}caller ending 0142 asked to stop")
    assert answers(business) == []
    business.text("START", sender=LEE, line=LINE)
    channels = (Channel.TEXT,)
    business.do(lambda db: ledger.bar(db, phone=E164(LEE), channels=channels, until=None, source="x", now=business.now))
    assert str(business.text("1 Hi")).endswith("caller ending 0142 is on the do-not-text list for good.")


def test_s05_a_strangers_number_answers_nobody(business: Texting, lee: int) -> None:
    business.text("1 Hi", sender=STRANGER)
    assert answers(business) == []


def test_a_number_to_which_an_admin_gave_a_meaning_keeps_it(database: Database) -> None:
    business = Texting(database)
    publish(database, FILE.replace('name = "Harbor Homes"', 'name = "Harbor Homes"\nsynonyms = { "10" = "READY" }'))
    assert business.text("10") == "You are ready for the next call."
    assert business.text("10 Hi") == "Nothing was sent: there is no lead L10."


def test_s04_answers_have_a_cap(business: Texting, lee: int) -> None:
    for _ in range(33):
        business.text("1 Hi")
    assert len(answers(business)) == 30


# --- What is quoted, and who writes that is no phone.

REACTION = 'Liked "Hi Maria, it is Ana from Harbor Homes. Call me when you can."'


@pytest.mark.parametrize("body", [REACTION, REACTION.replace("Liked", "Reacted 👍 to"), f"👍 to “{REACTION[7:-1]}”"])
def test_a_reaction_in_the_night_calls_nobody_and_the_timeline_keeps_it(business: Texting, lee: int, body: str) -> None:
    business.now = MONDAY_10.replace(hour=8)  # Two in the morning.
    assert business.text(body, sender=LEE, line=LINE) is None
    assert business.rows(placed_calls) == []
    assert business.consent(LEE) is None
    assert business.said()[-1] == body


def test_a_reply_below_our_own_words_is_read_alone(business: Texting, lee: int) -> None:
    business.text("Not now\n> Call me when you can", sender=LEE, line=LINE)
    assert business.rows(placed_calls) == []


def test_an_agents_thumb_for_a_text_of_ours_is_no_question(business: Texting) -> None:
    assert business.text('Liked "You are OFF until 10:30 AM. Text ON to end it sooner."') is None
    assert business.agent().calls_on
    assert business.text("OFF 30\n> Call for you") == "You are OFF until 10:30 AM. Text ON to end it sooner."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("22395", "short code 22395"),
        ("AMAZON", "AMAZON"),
        ("whatsapp:+15125550177", "+15125550177 (WhatsApp)"),
        ("client:ana", "ana (a browser)"),
        ("anonymous", "a withheld number"),
        ("+266696687", "a withheld number"),
        ("  Bank\n of \uffff Texas ", "Bank of Texas"),
    ],
)
def test_who_writes_and_is_no_phone_is_named_as_the_carrier_does(business: Texting, written: str, shown: str) -> None:
    text = InboundText("SM99", None, E164(LINE), "Your code is 123456", written_as=written)
    business.do(lambda db: receive_text(db, text, LimitsSettings(), business.now))
    assert forwards(business)[0].startswith(f"Text from {shown}: Your code is 123456")


@pytest.mark.parametrize("body", ["https://example.com/" + "a" * 400, "你好" * 200, "x" * 500, "🏠" * 300])
def test_a_text_without_blanks_is_forwarded_as_far_as_there_is_room(business: Texting, lee: int, body: str) -> None:
    business.text(body, sender=LEE, line=LINE)
    assert body[:100] in forwards(business)[-1]


def test_the_forward_says_that_the_cadence_paused_and_resume_goes_on_with_it(business: Texting, lee: int) -> None:
    business.text("Is it still free?", sender=LEE, line=LINE)
    assert forwards(business)[-1].endswith(
        "Is it still free?\nNurture is paused. To go on text RESUME L1.\nAnswer: L1 and your words"
    )
    assert cadence_of(business).state == "paused"
    assert business.text("RESUME L1", sender=STRANGER, line=STAFF_LINE) is None
    assert business.text("RESUME 1", sender="+15125550102") == "There is no lead L1 of yours."
    assert business.text("resume l1") == "Nurture goes on for caller ending 0142."
    assert cadence_of(business).state == "active"
    assert business.text("RESUME L1") == "Nothing of caller ending 0142 is paused because they wrote."
    assert business.text("RESUME L77") == "There is no lead L77 of yours."


def test_resume_does_not_go_on_with_what_was_paused_for_another_reason(business: Texting, lee: int) -> None:
    business.do(lambda db: apply(db, [PauseCadences(1, None, "on holiday", person("olive"))], business.now))
    assert str(business.text("RESUME L1")).startswith("Nothing of")
    assert cadence_of(business).state == "paused"


def later(business: Texting) -> Any:
    return business.do(lambda db: find_lead_by_phone(db, LEE)).do_not_contact_until


def test_ok_accepts_what_the_text_was_said_to_look_like(business: Texting, lee: int) -> None:
    business.text("call me tomorrow at 3", sender=LEE, line=LINE)
    assert business.text("OK L1", sender="+15125550102") == "There is no lead L1 of yours."
    assert business.text("ok l1") == "Done: caller ending 0142 is to be contacted Tue 3:00 PM."
    at = datetime(2026, 11, 17, 21, 0, tzinfo=UTC)
    assert later(business) == at
    assert [(row.title, row.due_at, row.call) for row in business.rows(tasks)] == [
        ("Call caller ending 0142, as asked", at, None)
    ]
    assert business.text("OK L1") == "No text of caller ending 0142 suggests anything that waits for an OK."


def test_another_suggestion_since_is_shown_anew_before_it_is_accepted(business: Texting, lee: int) -> None:
    """Olive runs the business, and was told of neither; Ana of the first and, by then no owner, not of the second."""
    business.text("call me tomorrow at 3", sender=LEE, line=LINE)
    said = business.text("OK L1", sender=OLIVE)
    assert said == (
        "Nothing is done yet: caller ending 0142 wrote since. Looks like they want to be contacted later, Tue 3:00 PM. "
        "Text OK L1 to accept that."
    )
    assert later(business) is None
    business.text("not interested", sender=LEE, line=LINE)
    assert str(business.text("OK L1", sender=OLIVE)).startswith("Nothing is done yet")
    assert business.text("OK L1", sender=OLIVE) == "Done: caller ending 0142 is not interested."
    lead = business.do(lambda db: find_lead_by_phone(db, LEE))
    assert (lead.stage, lead.work_ended_at is not None, cadence_of(business).state) == ("ARCHIVED", True, "cancelled")
