"""Who texts decides what happens: agents switch themselves, customers are handed on, our own lines hear nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from sami.apply import apply
from sami.calls.inbound import Arrival, begin_call
from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.domain.consent.stop_words import OPT_IN_WORDS, OPT_OUT_WORDS
from sami.domain.language.actor import person
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import AssignOwner, CreateTask
from sami.settings.sections import LimitsSettings
from sami.store.leads import find_lead_by_phone, leads, timeline
from sami.store.texts import texts
from sami.store.work import outbox_items, tasks
from tests.support.cast import ANA, BEN, LEE, LINE, OLIVE, STAFF_LINE, STRANGER, agent, olive, organisation
from tests.support.counts import count
from tests.support.signed import publish
from tests.support.texting import HOUR, MINUTE, MONDAY_10, Texting


@pytest.fixture
def business(database: Database) -> Texting:
    return Texting(database)


# --- Agents: switches.


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("ON", "You are ON. Your hours end 6:00 PM."),
        ("OFF", "You are OFF until Tue 9:00 AM. Text ON to end it sooner."),
        ("OFF 30", "You are OFF until 10:30 AM. Text ON to end it sooner."),
        ("off2h.", "You are OFF until 12:00 PM. Text ON to end it sooner."),
        ("OFF TIL 3PM", "You are OFF until 3:00 PM. Text ON to end it sooner."),
        ("OFF 8D", "Not understood. OFF lasts 7 days at most, such as OFF 2H. For longer text OFF TIL and a date."),
        ("LEADS OFF", "New leads are OFF for you until you text LEADS ON. Calls are as before."),
        ("LEADS ON", "New leads are ON for you."),
        ("READY", "You are ready for the next call."),
        ("STATUS", "ON until 6:00 PM. Next hours begin Tue 9:00 AM. Leads ON."),
        ("WHY", "No recent call passed you by."),
        ("NEXT", "Your shifts: now to 6:00 PM; Tue 9:00 AM to Tue 6:00 PM; Wed 9:00 AM to Wed 6:00 PM"),
        ("TASKS", "You have no open tasks."),
        ("DONE 12", "You have no open task T12. Text TASKS for the list."),
        ("TAKE 12", "There is no lead L12. Text TAKE for the list."),
        ("TAKE", "No lead waits in the pond."),
    ],
)
def test_each_word_is_answered_with_the_new_state(business: Texting, body: str, answer: str) -> None:
    business.now -= timedelta(seconds=1)
    assert business.text(body) == answer
    assert len(answer) <= 160


def test_an_off_without_hours_lasts_until_eight_tomorrow(business: Texting) -> None:
    assert business.text("OFF", sender=BEN) == "You are OFF until Tue 8:00 AM. Text ON to end it sooner."


def test_on_outside_hours_names_the_opening(business: Texting) -> None:
    business.now += 9 * HOUR
    assert business.text("ON") == "You are ON, but outside your hours: calls ring from Tue 9:00 AM."


def test_any_word_ends_the_row_of_misses_and_nonsense_does_not(business: Texting) -> None:
    for body, misses in (("WORDS", 0), ("TAKE 3", 0), ("OFF TIL SOMEDAY", 2), ("hello", 2)):
        business.set_agent("ana", misses=2)
        business.text(body)
        assert business.agent().misses == misses


def test_ready_ends_a_pause_and_not_an_off(business: Texting) -> None:
    business.set_agent("ana", calls_on=False, resting_until=business.now + HOUR, resting_why="paused")
    assert business.text("READY") == "Your rest is over, but you are OFF until you text ON."
    assert (business.agent().resting_until, business.agent().calls_on) == (None, False)


def test_status_says_that_a_call_is_on_or_being_offered(business: Texting) -> None:
    business.set_agent("ana", reserved_until=business.now + MINUTE, reserved_call="CA1")
    assert str(business.text("STATUS")).startswith("You are being offered a call. ON until")
    business.set_agent("ana", bridged=True)
    assert str(business.text("STATUS")).startswith("You are on a call. ON until")
    business.now += 2 * MINUTE
    assert str(business.text("STATUS")).startswith("ON until")


def test_status_says_that_an_unverified_phone_does_not_ring(business: Texting) -> None:
    business.set_agent("ana", verified=False)
    assert str(business.text("STATUS")).endswith(
        "No call rings your phone before a test ring has verified it: ask an admin for one."
    )
    business.set_agent("ana", calls_on=False)
    assert str(business.text("ON")).startswith("You are ON. Your hours end 6:00 PM. No call rings your phone before")


def test_status_says_until_when_the_agent_is_out_of_office(database: Database) -> None:
    away = [{"from": datetime(2026, 11, 16).date(), "to": datetime(2026, 11, 18).date()}]  # noqa: DTZ001 - dates.
    business = Texting(database)
    ana = agent("ana", out_of_office=away, hours="Mo-Fr 09:00-18:00")
    publish(database, organisation(agents=[ana, agent("ben"), olive()]))
    assert (
        business.text("STATUS") == "ON, but you are out of office through Wed. Next hours begin Thu 9:00 AM. Leads ON."
    )


def test_an_absence_is_named_with_whatever_else_keeps_calls_away(database: Database) -> None:
    """Two absences in a row are one, and shifts come after them."""
    days = [(16, 18), (19, 20), (25, 25)]
    away = [{"from": date(2026, 11, first), "to": date(2026, 11, last)} for first, last in days]
    business = Texting(database)
    ana = agent("ana", out_of_office=away, hours="Mo-Fr 09:00-18:00")
    publish(database, organisation(agents=[ana, agent("ben"), olive()]))
    assert business.text("NEXT") == (
        "You are out of office through Fri. Your shifts: Mon Nov 23 9:00 AM to Mon Nov 23 6:00 PM; "
        "Tue Nov 24 9:00 AM to Tue Nov 24 6:00 PM; Thu Nov 26 9:00 AM to Thu Nov 26 6:00 PM"
    )
    assert business.text("OFF 30") == (
        "You are OFF until 10:30 AM, and out of office through Fri. Text ON to end it sooner."
    )
    assert business.text("STATUS") == (
        "OFF until 10:30 AM, and out of office through Fri. Next hours begin Mon Nov 23 9:00 AM. Leads ON."
    )


@pytest.mark.parametrize(
    ("first", "second", "until"),
    [
        ("OFF TIL FRI", "OFF", "Fri 9:00 AM"),
        ("OFF TIL 11AM", "OFF", "Tue 9:00 AM"),
        ("OFF TIL FRI", "OFF 30", "10:30 AM"),
        ("OFF", "off please", "Tue 9:00 AM"),
    ],
)
def test_a_plain_off_never_shortens_a_longer_one(business: Texting, first: str, second: str, until: str) -> None:
    business.text(first)
    assert business.text(second) == f"You are OFF until {until}. Text ON to end it sooner."


def test_a_plain_off_leaves_an_off_without_end_as_it_is(business: Texting) -> None:
    business.set_agent("ana", calls_on=False, calls_off_until=None)
    assert business.text("OFF") == "You are OFF until you text ON."
    assert business.agent().calls_off_until is None
    assert business.text("OFF 30") == "You are OFF until 10:30 AM. Text ON to end it sooner."


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("OFF TIL NOON", "until 12:00 PM"),
        ("OFF TIL TOMORROW", "until Tue 9:00 AM"),
        ("OFF TIL FRI", "until Fri 9:00 AM"),
        ("OFF TIL SAT", "until Sat 8:00 AM"),
        ("OFF TIL MON 9AM", "until Mon Nov 23 9:00 AM"),
        ("OFF TIL 1500", "until 3:00 PM"),
        ("OFF TIL DEC 12", "until Sat Dec 12 8:00 AM"),
        ("OFF TIL MIDNIGHT", "through today"),
        ("OFF TODAY", "until Tue 9:00 AM"),
        ("OFF FOR AN HOUR", "until 11:00 AM"),
        ("OFF 1.5H", "until 11:30 AM"),
    ],
)
def test_one_reader_of_times_serves_every_off(business: Texting, words: str, until: str) -> None:
    business.now -= timedelta(seconds=1)
    assert business.text(words) == f"You are OFF {until}. Text ON to end it sooner."
    assert business.text(f"LEADS {words}") == f"New leads are OFF for you {until}. Calls are as before."
    assert not business.agent().leads_on


def test_an_off_that_is_past_changes_nothing(business: Texting) -> None:
    assert str(business.text("OFF TIL TODAY 9AM")).startswith("Nothing changed: that time is past")
    assert business.agent().calls_on


def test_s05_who_texts_is_decided_by_the_whole_number(database: Database) -> None:
    """Two agents and two leads share the last seven digits, and all four speak for themselves."""
    business = Texting(database)
    twin, lead, other = "+13125550101", "+14155550101", "+12065550101"
    publish(database, organisation(agents=[agent("ana"), agent("ben", phone=twin), olive()]))
    business.text("OFF TIL FRI", sender=twin)
    assert (business.agent(ANA).calls_on, business.agent(twin).calls_on) == (True, False)
    for sender in (lead, other):
        assert business.text("OFF", sender=sender) is None
        business.text("STOP", sender=sender)
    assert business.agent(ANA).calls_on
    assert [row.phone for row in business.rows(leads)] == [lead, other]
    assert (business.consent(ANA), business.consent(twin)) == (None, None)
    business.text("STOP", sender=twin)
    assert (business.agent(ANA).opted_out, business.agent(twin).opted_out) == (False, True)


def test_two_texts_at_once_are_both_obeyed(business: Texting) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(count(10, 100)):
            business.set_agent("ana", calls_on=True, calls_off_until=None, leads_on=True)
            list(pool.map(business.text, ("OFF 30", "LEADS OFF")))
            assert (business.agent().calls_on, business.agent().leads_on) == (False, False)


def test_on_another_line_the_reply_names_one_for_staff(business: Texting) -> None:
    assert business.text("OFF", line=LINE) == f"This number does not take staff texts. Text it to {STAFF_LINE}."
    assert business.agent().calls_on


# --- Agents: questions.


def test_why_names_the_gate_of_the_last_call_that_passed_by(business: Texting) -> None:
    business.text("OFF 2H")
    arrive(business, LEE)
    assert business.text("WHY") == ("The 10:00 AM call from caller ending 0142 did not ring you: you were off duty.")
    assert business.text("WHY", sender=BEN) == "No recent call passed you by."


def test_why_says_that_a_later_call_did_ring(business: Texting) -> None:
    business.text("OFF 2H")
    arrive(business, LEE)
    business.text("ON")
    business.now += MINUTE
    arrive(business, LEE)
    assert str(business.text("WHY")).endswith("you were off duty. A call rang you 10:01 AM.")


def test_tasks_are_ones_own_and_done_by_their_owner_only(business: Texting) -> None:
    due_at = MONDAY_10 + HOUR
    ana, ben = business.agent(ANA).id, business.agent(BEN).id
    for number in range(1, 6):
        task = CreateTask(f"task/{number}", f"Call back Maria Ortiz number {number}", ana, due_at + number * MINUTE)
        business.do(lambda db, task=task: apply(db, [task], MONDAY_10))
    first = business.rows(tasks)[0].id
    listed = str(business.text("TASKS"))
    assert listed.startswith(f"T{first} Call back Maria Ortiz number 1 (due 11:01 AM); ")
    assert len(listed) <= 160
    assert "more. Text DONE" in listed
    assert business.text(f"DONE {first}", sender=BEN) == f"You have no open task T{first}. Text TASKS for the list."
    assert business.text(f"DONE {first}") == f"Task T{first} is done: Call back Maria Ortiz number 1."
    assert business.text(f"DONE {first}") == f"You have no open task T{first}. Text TASKS for the list."
    assert ben not in {row.owner_id for row in business.rows(tasks)}


def arrive(business: Texting, caller: str) -> None:
    call = Arrival(f"CA{business.now.isoformat()}", E164(LINE), E164(caller))
    business.do(lambda db: begin_call(db, call, CallSettings(), business.now))


# --- Consent.


@pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS))
def test_stop_from_an_agent_is_off_until_on_and_an_admin_is_told(business: Texting, word: str) -> None:
    assert business.text(word.lower()) is None
    ana = business.agent()
    assert (ana.calls_on, ana.calls_off_until, ana.opted_out) == (False, None, True)
    assert business.consent(ANA) == "opted_out"
    assert business.sent() == [("stop/SM1/olive", OLIVE)]
    business.text(word)
    assert len(business.sent()) == 1


def test_after_stop_everything_is_obeyed_in_silence_until_start(business: Texting) -> None:
    business.text("STOP")
    assert business.text("STATUS") is None
    assert business.text("ON") is None
    assert (business.agent().calls_on, business.agent().opted_out) == (True, False)
    assert business.consent(ANA) == "opted_out"
    assert business.text("START") is None
    assert business.text("ON") == "You are ON. Your hours end 6:00 PM."


def test_start_permits_texts_and_does_not_end_the_off(business: Texting) -> None:
    business.text("STOP")
    business.text("YES")
    assert business.text("OFF 30") == "You are OFF until you text ON."
    assert business.agent().opted_out


@pytest.mark.parametrize(("kind", "state"), [("STOP", "opted_out"), ("START", "opted_in"), ("HELP", None)])
def test_advanced_opt_outs_reading_counts_like_the_word(business: Texting, kind: str, state: str | None) -> None:
    for sender in (ANA, LEE):
        assert business.text("adios", sender=sender, kind=kind) is None
        assert business.consent(sender) == state
    assert business.agent().opted_out is (kind == "STOP")


@pytest.mark.parametrize("word", sorted(OPT_OUT_WORDS | OPT_IN_WORDS))
def test_a_strangers_consent_is_kept_and_makes_no_lead(business: Texting, word: str) -> None:
    assert business.text(word, sender=STRANGER) is None
    assert business.consent(STRANGER) == ("opted_out" if word in OPT_OUT_WORDS else "opted_in")
    assert business.rows(leads) == []
    assert business.sent() == []


def test_a_leads_yes_may_be_an_answer_so_the_owner_hears_it(business: Texting) -> None:
    business.text("Is it free?", sender=LEE)
    business.text("Yes", sender=LEE)
    business.text("HELP", sender=LEE)
    assert business.said() == ["Is it free?", "Yes", "HELP"]
    assert len(business.sent()) == 2


# --- Customers.


def test_a_customers_text_makes_a_lead_with_an_owner_and_goes_to_them(business: Texting) -> None:
    assert business.text("OFF", sender=LEE) is None
    [lead] = business.rows(leads)
    assert (lead.phone, lead.source, lead.stage) == (LEE, "text", "CONTACTING")
    assert [(entry.lead_id, entry.kind, entry.text) for entry in business.rows(timeline)] == [
        (lead.id, "received", "Came in by text."),
        (lead.id, "stage", "NEW to CONTACTING by workflow intake"),
        (lead.id, "notice", f"Notice to Ana Ruiz by text: New lead L1: {LEE}, from text, TX."),
        (lead.id, "text", "OFF"),
        (lead.id, "connected", "In touch: their first text."),
    ]
    assert business.sent() == [("forward/SM1", ANA)]
    [row] = business.rows(texts)
    assert (row.direction, row.lead_id, row.body) == ("in", lead.id, "OFF")


def test_the_owner_of_a_new_lead_is_told_once_by_the_text_with_a_number_to_call(business: Texting) -> None:
    for body in ("Hello", "Anybody there?"):
        business.text(body, sender=LEE)
    assert [row.payload["body"] for row in business.waiting()] == [
        f"Text from a new lead, {LEE}: Hello\nAnswer: L1 and your words",
        "Text from caller ending 0142: Anybody there?\nAnswer: L1 and your words",
    ]
    [withheld] = [row for row in business.rows(outbox_items) if row.state == "cancelled"]
    assert (withheld.payload["to"], withheld.error) == (ANA, "the text itself was handed on")


def test_the_same_customer_is_the_same_lead(business: Texting) -> None:
    for body in ("Hello", "Anybody there?"):
        business.text(body, sender=LEE, line=LINE)
    assert len(business.rows(leads)) == 1
    assert [to for _, to in business.sent()] == [ANA, ANA]


def test_what_reaches_no_owner_goes_to_the_admins(business: Texting) -> None:
    business.text("Hello", sender=LEE)
    business.text("STOP", sender=ANA)
    business.text("Hello?", sender=LEE)
    assert business.sent()[-1] == ("forward/SM3/olive", OLIVE)


def test_a_long_text_is_handed_on_short_and_kept_whole(business: Texting) -> None:
    business.text("long " * 300, sender=LEE)
    assert len(business.waiting()[0].payload["body"]) <= 304
    assert [len(said) for said in business.said()] == [1500]


def test_s04_a_flood_is_kept_and_costs_twenty_texts(business: Texting) -> None:
    for _ in range(25):
        business.text("Hello", sender=LEE)
    assert (len(business.said()), len(business.sent())) == (25, 20)
    business.now += 10 * MINUTE
    business.text("Hello", sender=LEE)
    assert len(business.sent()) == 21


def test_a_withheld_number_is_never_a_lead(business: Texting) -> None:
    assert business.text("ON", sender=None) is None
    assert business.rows(leads) == []
    assert business.sent() == [("forward/SM1/olive", OLIVE)]
    assert business.rows(outbox_items)[0].payload["body"] == "Text from a withheld number: ON"


def test_who_was_an_agent_is_neither_obeyed_nor_a_lead(business: Texting) -> None:
    business.set_agent("ana", active=False, calls_on=False)
    assert business.text("ON") is None
    assert business.rows(leads) == []
    assert business.sent() == [("forward/SM1/olive", OLIVE)]


def test_a_lead_of_somebody_who_left_goes_to_the_admins(business: Texting) -> None:
    business.text("Hello", sender=LEE)
    business.set_agent("ana", active=False)
    business.text("Hello?", sender=LEE)
    assert business.sent()[-1] == ("forward/SM2/olive", OLIVE)
    lead = business.do(lambda db: find_lead_by_phone(db, LEE))
    moved = AssignOwner(lead.id, lead.owner_id, business.agent(BEN).id, why="left", by=person("test"))
    business.do(lambda db: apply(db, [moved], MONDAY_10))
    business.text("Hello??", sender=LEE)
    assert business.sent()[-1] == ("forward/SM3", BEN)


# --- S4.


@pytest.mark.parametrize("body", ["ON", "STOP", "Hello"])
def test_s04_our_own_lines_are_never_answered(business: Texting, body: str) -> None:
    assert business.text(body, sender=LINE) is None
    assert [row.phone for row in business.rows(texts)] == [LINE]
    assert business.rows(leads) == []
    assert business.sent() == []
    assert business.consent(LINE) is None


def test_s04_a_block_of_staff_phones_does_not_silence_itself(business: Texting) -> None:
    """Ana, Ben and Olive share all but the last four digits."""
    narrow = LimitsSettings(replies_per_prefix=2, replies_overall=3)
    for sender in (ANA, BEN, OLIVE) * 3:
        assert business.text("STATUS", sender=sender, limits=narrow) is not None


def test_s04_past_the_cap_words_are_obeyed_in_silence(business: Texting) -> None:
    answers = [business.text("OFF" if number % 2 else "ON") for number in range(32)]
    assert [answer is None for answer in answers] == [False] * 30 + [True] * 2
    assert ["no more answers for up to ten minutes" in str(answer) for answer in answers].index(True) == 29
    assert not business.agent().calls_on
    assert business.text("STATUS", sender=BEN) is not None
    business.now += 10 * MINUTE
    assert business.text("STATUS") is not None
