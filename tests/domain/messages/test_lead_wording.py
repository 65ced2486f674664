"""What staff are texted about leads: who, what, why, in plain letters."""

from datetime import timedelta

import pytest

from sami.domain.language.durations import format_duration
from sami.domain.language.phone import E164
from sami.domain.messages.wording import leads as wording
from sami.domain.messages.wording.leads import NamedLead
from tests.domain.messages.test_staff_wording import GSM_7

LEE = NamedLead(12, "Lee Ortiz", E164("+15125550142"))
HOUR = timedelta(hours=1)

TEXTS: dict[str, str] = {
    wording.given(LEE, "Ana Ruiz", "on leave"): (
        "Lead L12 is yours now: Lee Ortiz, +15125550142, from Ana Ruiz. Why: on leave"
    ),
    wording.given(LEE, None, "asked for"): "Lead L12 is yours now: Lee Ortiz, +15125550142. Why: asked for",
    wording.taken(LEE, "Ben Okafor", "on leave"): "Lead L12, Lee Ortiz, went from you to Ben Okafor. Why: on leave",
    wording.many_given({"Ana Ruiz": 200}, "on leave"): "200 leads are yours now, from Ana Ruiz. Why: on leave",
    wording.many_given({"Ana Ruiz": 1}, "on leave"): "1 lead is yours now, from Ana Ruiz. Why: on leave",
    wording.many_taken({"Ben Okafor": 120, "Dee Marsh": 80}, "on leave"): (
        "200 leads of yours went to Ben Okafor (120), Dee Marsh (80). Why: on leave"
    ),
    wording.many_taken({"the pond": 1}, "left"): "1 lead of yours went to the pond. Why: left",
    wording.claimed(LEE): "Lead L12 is yours now: Lee Ortiz, +15125550142.",
    wording.yours_already(LEE): "Lead L12 is yours already: Lee Ortiz, +15125550142.",
    wording.taken_by_another(12, "Ana Ruiz"): "Lead L12 was already taken by Ana Ruiz.",
    wording.no_such_lead(12): "There is no lead L12. Text TAKE for the list.",
    wording.not_for_you(12, "Ana Ruiz is full"): "Lead L12 stays where it is: Ana Ruiz is full.",
    wording.pond([], 0): "No lead waits in the pond.",
    wording.pond([(LEE, HOUR)], 0): "L12 Lee Ortiz (1 h). Text TAKE L12 to take it.",
    wording.not_answered_by_you(LEE, "10:05 AM"): (
        "Please call Lee Ortiz, +15125550142: lead L12 was to be answered by 10:05 AM, and nobody has."
    ),
    wording.not_answered(LEE, "Ana Ruiz", "10:05 AM"): (
        "Lead L12, Lee Ortiz, +15125550142, was to be answered by 10:05 AM, and nobody has. It is Ana Ruiz's."
    ),
    wording.not_answered(NamedLead(12, "", None, "lee@example.com"), None, "10:05 AM"): (
        "Lead L12, lee@example.com, was to be answered by 10:05 AM, and nobody has. Nobody owns it."
    ),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_each_text_is_one_plain_segment(text: str, expected: str) -> None:
    assert text == expected
    assert set(text) <= GSM_7 | {"@"}
    assert len(text) <= 160


@pytest.mark.parametrize(
    ("lead", "called"),
    [
        (LEE, "Lee Ortiz"),
        (NamedLead(1, "", E164("+15125550142"), "lee@example.com"), "caller ending 0142"),
        (NamedLead(1, ""), "a lead without a name"),
        (NamedLead(1, "Lee " * 20), "Lee Lee Lee Lee Lee Lee Lee Lee Lee Lee"),
    ],
)
def test_a_lead_is_called_by_what_is_known_of_it(lead: NamedLead, called: str) -> None:
    assert lead.called == called


def test_a_long_reason_is_cut_to_whole_words() -> None:
    assert len(wording.taken(LEE, "Ben Okafor", "because of this " * 30)) <= 170


@pytest.mark.parametrize(
    ("length_s", "said"),
    [
        (-1, "0 s"),
        (31, "31 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (3_600, "1 h"),
        (3_700, "1 h 1 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_two_units_at_most(length_s: int, said: str) -> None:
    assert format_duration(timedelta(seconds=length_s)) == said
