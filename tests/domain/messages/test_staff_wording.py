"""Staff texts are short, plain, and say the new state and its end on the reader's clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sami.domain.agents.availability import DutyState, opt_out, state_at, switch_off
from sami.domain.agents.misses_and_rests import after_talk
from sami.domain.agents.switches import Switches
from sami.domain.language.hours import Schedule, next_shifts
from sami.domain.language.local_time import Clock
from sami.domain.language.trace import Reason
from sami.domain.messages.staff_keywords import Unknown, read_text
from sami.domain.messages.wording import staff
from sami.domain.messages.wording.staff import TaskLine

NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)
"""Monday noon in Chicago."""
HOUR = timedelta(hours=1)
MIDNIGHT, SATURDAY = NOON + 12 * HOUR, NOON + 108 * HOUR
CLOCK = Clock(NOON, "America/Chicago")
NIGHT = Clock(NOON + 9 * HOUR, "America/Chicago")
WEEK = Schedule("America/Chicago", "Mo-Fr 09:00-18:00", None)
ON = Switches()
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)


def state(switches: Switches, clock: Clock = CLOCK, away_until: datetime | None = None) -> DutyState:
    return state_at(switches, WEEK, clock.now, away_until)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOON + 3 * HOUR, "3:00 PM"),
        (NOON, "12:00 PM"),
        (NOON - 12 * HOUR, "12:00 AM"),
        (NOON + 21 * HOUR, "Tue 9:00 AM"),
        (NOON - 17 * HOUR, "Sun 7:00 PM"),
        (NOON + 7 * 24 * HOUR, "Mon Jun 8 12:00 PM"),
    ],
)
def test_times_are_said_as_people_say_them(at: datetime, said: str) -> None:
    assert CLOCK.say(at) == said


TEXTS = {
    staff.now_on(state(ON), CLOCK): "You are ON. Your hours end 6:00 PM.",
    staff.now_on(state(ON, NIGHT), NIGHT): "You are ON, but outside your hours: calls ring from Tue 9:00 AM.",
    staff.now_on(state(ON, away_until=NOON + HOUR), CLOCK): "You are ON, but you are out of office until 1:00 PM.",
    staff.now_off(state(switch_off(ON, NOON + HOUR)), CLOCK): ("You are OFF until 1:00 PM. Text ON to end it sooner."),
    staff.now_off(state(switch_off(ON, MIDNIGHT)), CLOCK): "You are OFF through today. Text ON to end it sooner.",
    staff.now_off(state(switch_off(ON, NOON + HOUR), away_until=SATURDAY), CLOCK): (
        "You are OFF until 1:00 PM, and out of office through Fri. Text ON to end it sooner."
    ),
    staff.now_off(state(switch_off(ON, None)), CLOCK): "You are OFF until you text ON.",
    staff.status(state(ON, away_until=SATURDAY), CLOCK): (
        "ON, but you are out of office through Fri. Next hours begin Mon Jun 8 9:00 AM. Leads ON."
    ),
    staff.status(state(switch_off(ON, None), away_until=SATURDAY + 14 * 24 * HOUR), CLOCK): (
        "OFF until you text ON, and out of office through Fri Jun 19. Leads ON."
    ),
    staff.snoozed(NOON + HOUR, CLOCK): "You passed on a call and are OFF until 1:00 PM. Text ON to end it sooner.",
    staff.leads_now_on(): "New leads are ON for you.",
    staff.leads_now_off(None, CLOCK): "New leads are OFF for you until you text LEADS ON. Calls are as before.",
    staff.now_ready(state(ON), CLOCK): "You are ready for the next call.",
    staff.now_ready(state(switch_off(ON, None)), CLOCK): "Your rest is over, but you are OFF until you text ON.",
    staff.status(state(ON), CLOCK): "ON until 6:00 PM. Next hours begin Tue 9:00 AM. Leads ON.",
    staff.status(
        state(switch_off(ON, NOON + 7 * HOUR)), CLOCK
    ): "OFF until 7:00 PM. Next hours begin Tue 9:00 AM. Leads ON.",
    staff.status(state(ON, NIGHT), NIGHT): "ON, but outside your hours: calls ring from Tue 9:00 AM. Leads ON.",
    staff.status(state(after_talk(ON, NOON, 900)), CLOCK): "ON, but you are in wrap-up until 12:15 PM. Leads ON.",
    staff.status(state(opt_out(ON)), CLOCK): "OFF until you text ON, because you texted STOP. Leads ON.",
    staff.off_ended(state(ON), CLOCK): "Your OFF is over: calls may ring you now. Your hours end 6:00 PM.",
    staff.off_ended(state(ON, NIGHT), NIGHT): "Your OFF is over, but outside your hours: calls ring from Tue 9:00 AM.",
    staff.leads_off_ended(): "Your LEADS OFF is over: you may be given new leads again.",
    staff.pause_ended(state(ON), CLOCK): "Your pause is over: calls may ring you now.",
    staff.paused_after_misses([NOON - HOUR, NOON], NOON + HOUR, CLOCK): (
        "You missed 2 calls in a row (11:00 AM, 12:00 PM), so you are paused until 1:00 PM. Text ON to end it now."
    ),
    staff.unknown_word("Say it so."): "Not understood. Say it so.",
    staff.not_staff_line("+15125550100"): "This number does not take staff texts. Text it to +15125550100.",
    staff.next_shifts(next_shifts(WEEK, NOON, 2), True, None, CLOCK): (
        "Your shifts: now to 6:00 PM; Tue 9:00 AM to Tue 6:00 PM"
    ),
    staff.next_shifts((), False, None, CLOCK): "You have no set hours: calls may ring you whenever you are ON.",
    staff.why_not_rung([Reason.CALLS_OFF, Reason.RESTING], "Lee", NOON - HOUR, CLOCK): (
        "The 11:00 AM call from Lee did not ring you: you were off duty and you were resting."
    ),
    staff.nothing_missed(): "No recent call passed you by.",
    staff.tasks([TaskLine(12, "Call Lee", NOON + HOUR), TaskLine(14, "Mail Max", None)], 3, CLOCK): (
        "T12 Call Lee (due 1:00 PM); T14 Mail Max; and 3 more. Text DONE T12 when done."
    ),
    staff.tasks([], 0, CLOCK): "You have no open tasks.",
    staff.done(12, "Call Lee"): "Task T12 is done: Call Lee.",
    staff.no_such_task(12): "You have no open task T12. Text TASKS for the list.",
    staff.nobody_on_duty("Buyers", NOON + 21 * HOUR, CLOCK): (
        "Nobody is left on duty in Buyers: calls go to the fallback numbers. The next shift begins Tue 9:00 AM."
    ),
    staff.agent_opted_out("Ana"): (
        "Ana texted STOP: off duty until ON, and unreachable by text until START. Please tell them."
    ),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_each_text_says_the_state_and_its_end_in_one_plain_segment(text: str, expected: str) -> None:
    assert text == expected
    assert set(text) <= GSM_7
    assert len(text) <= staff.LENGTH_AIM


@pytest.mark.parametrize("why", ["wrap_up", "busy", "rang_out", "paused"])
def test_every_rest_has_words(why: str) -> None:
    resting = replace(ON, resting_until=NOON + HOUR, resting_why=why)
    assert "until 1:00 PM" in staff.status(state(resting), CLOCK)


def test_a_name_in_another_alphabet_is_sent_as_it_is() -> None:
    assert "Łucja 漢" in staff.done(7, "Call back Łucja 漢")


def test_words_names_every_word_with_the_admins_in_two_segments() -> None:
    said = staff.words({"away": "OFF 60"})
    assert said.endswith("WORDS, and AWAY (OFF 60)")
    assert len(said) <= 300
    assert set(said) <= GSM_7
    assert staff.unknown_word() == f"Not understood. Text {staff.words()}"
    for word in said.removesuffix(", and AWAY (OFF 60)").split(", "):
        assert not isinstance(read_text(word, {}), Unknown), word


def test_every_gate_has_words_for_whom_it_kept_a_call_from() -> None:
    gates = [reason for reason in Reason if reason not in (Reason.PASSED,)][:11]
    for reason in gates:
        assert "your phone is" not in staff.why_not_rung([reason], "Lee", NOON, CLOCK)


@pytest.mark.parametrize(
    ("at", "their_zone", "said"),
    [
        (NOON, None, "Mon Jun 1 12:00 PM CDT"),
        (NOON + 300 * 24 * HOUR, None, "Sun Mar 28 2027 12:00 PM CDT"),
        (NOON, "America/Chicago", "Mon Jun 1 12:00 PM CDT"),
        (NOON, "America/New_York", "Mon Jun 1 12:00 PM CDT (1:00 PM EDT where they are)"),
    ],
)
def test_what_is_read_later_has_the_day_and_the_zone(at: datetime, their_zone: str | None, said: str) -> None:
    assert CLOCK.note(at, their_zone) == said
