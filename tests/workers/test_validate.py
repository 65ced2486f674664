"""Can a lead be reached: its phone and e-mail address are cleaned or taken away, its name is made readable."""

from typing import Any

import pytest

from sami.domain.leads.inquiry import Inquiry
from sami.workers.contracts import StepOutput
from sami.workers.validate import validate_contact
from tests.support.cast import LEE
from tests.workers.asking import asked


def validated(**said: Any) -> StepOutput:
    return validate_contact(asked(Inquiry(**said)))


@pytest.mark.parametrize(
    ("raw", "phone", "findings", "confidence"),
    [
        pytest.param(LEE, LEE, {"line_type": "landline or mobile"}, 1.0, id="North America does not tell the kind"),
        pytest.param("(512) 555-0142", LEE, {"line_type": "landline or mobile"}, 1.0, id="read as of the country"),
        pytest.param("+442071838750", "+442071838750", {"line_type": "landline"}, 1.0, id="a landline"),
        pytest.param("+447400123456", "+447400123456", {"line_type": "mobile"}, 1.0, id="a mobile"),
        pytest.param("+18005550142", "+18005550142", {"line_type": "toll-free"}, 1.0, id="nobody's own phone"),
        pytest.param("555-0142", None, {"phone_as_written": "555-0142"}, 0.0, id="a number without its area"),
        pytest.param("call me", None, {"phone_as_written": "call me"}, 0.0, id="words"),
        pytest.param("anonymous", None, {"phone_as_written": "anonymous"}, 0.0, id="a withheld caller"),
    ],
)
def test_a_phone_is_read_or_taken_away(
    raw: str, phone: str | None, findings: dict[str, str], confidence: float
) -> None:
    found = validated(phone=raw)
    assert found.output["phone"] == phone
    assert (found.output["findings"], found.confidence) == (findings, confidence)


def test_a_phone_that_a_carrier_vouched_for_is_kept_though_no_plan_knows_it() -> None:
    found = validated(phone="+15551234567")
    assert "phone" not in found.output
    assert found.output["findings"] == {"phone_valid": False}
    assert found.evidence == ("The phone ending in 4567 is in no numbering plan.",)


def test_the_evidence_shows_no_more_of_a_phone_than_its_end() -> None:
    assert LEE not in " ".join(validated(phone=LEE, email="lee@example.com", name="Lee").evidence)


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        ("lee@example.com", "lee@example.com"),
        (" Lee.Park+home@Example.COM ", "lee.park+home@example.com"),
        ("o'neil_99@mail.example.co.uk", "o'neil_99@mail.example.co.uk"),
        ("jörg@münchen.example", "jörg@münchen.example"),
        ("a@xn--mnchen-3ya.xn--p1ai", "a@xn--mnchen-3ya.xn--p1ai"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)
def test_an_address_is_written_in_small_letters(raw: str, email: str) -> None:
    found = validated(email=raw)
    assert (found.output["email"], found.confidence) == (email, 1.0)


@pytest.mark.parametrize(
    "raw",
    [
        "lee", "lee@", "@example.com", "lee@example", "lee@@example.com", "lee@exa mple.com", "lee park@example.com",
        ".lee@example.com", "lee.@example.com", "le..e@example.com", "lee@-example.com", "lee@example-.com",
        "lee@example..com", "lee@example.c", "lee@example.123", "lee@[127.0.0.1]", "<lee@example.com>",
        "lee@example.com, ben@example.com", f"{'a' * 65}@example.com", f"lee@{'a.' * 130}com", "lee@exam_ple.com",
        "lee@example.com\nBcc: all@example.com", "a" * 100_000, "a@" + "a." * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_taken_away_but_still_told(raw: str) -> None:
    found = validated(email=raw)
    assert found.output["email"] is None
    assert found.confidence == 0.0
    assert found.output["findings"]["email_as_written"] == " ".join(raw.split())[:200].rstrip()


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        pytest.param("Lee Park", "Lee Park", id="well written"),
        pytest.param("  Lee \t  Park\n", "Lee Park", id="blanks"),
        pytest.param("Lee\x00Park\x1b[31m", "Lee Park [31m", id="control characters"),
        pytest.param("Lee\u202ekraP\u200b", "LeekraP", id="marks that turn the direction of reading"),
        pytest.param("علی\u200cرضا", "علی\u200cرضا", id="a joiner that the script needs"),
        pytest.param("Jose\u0301", "José", id="an accent of its own"),
        pytest.param("MARIA O'NEIL-ORTIZ", "Maria O'Neil-Ortiz", id="capitals"),
        pytest.param("HENRY FORD III", "Henry Ford III", id="a numeral stays"),
        pytest.param("МАРИЯ", "Мария", id="capitals of another alphabet"),
        pytest.param("JP", "JP", id="initials"),
        pytest.param("李小龙", "李小龙", id="letters without capitals"),
        pytest.param("X" * 3 + "Æ A-12", "Xxxæ A-12", id="a digit in it"),
        pytest.param("Lee " * 100, ("Lee " * 50).rstrip(), id="far too long"),
        pytest.param("", "", id="none"),
    ],
)
def test_a_name_is_made_readable(raw: str, name: str) -> None:
    assert validated(name=raw).output["name"] == name


@pytest.mark.parametrize(
    "name",
    ["test", "Test Test", "TEST", "asdf", "asdfgh hjkl", "Qwerty", "aaaa", "xxx yyy", "n/a", "N.A.", "none", "Unknown",
     "Mickey Mouse", "John Doe", "123", "...", "?", "No Name", "First Last", "foo bar"],
)  # fmt: skip
def test_a_made_up_name_is_marked_and_kept(name: str) -> None:
    found = validated(name=name)
    assert found.output["findings"] == {"name_suspect": True}
    assert found.output["name"].casefold() == name.casefold()
    assert found.confidence == 0.5


@pytest.mark.parametrize(
    "name",
    ["Lee Park", "Christopher Guest", "Na Li", "Bo", "Oo", "Ng", "Anna Testa", "Guest House LLC", "Xavier", "Aaron",
     "Mickey Rourke", "Jane Foe", "Lisa Nobody-Smith", "Qadir", "Abcde Jones", "Null Andersson"],
)  # fmt: skip
def test_an_unusual_name_is_nobodys_suspicion(name: str) -> None:
    assert "findings" not in validated(name=name).output


def test_a_lead_without_anything_has_nothing_to_validate() -> None:
    found = validated()
    assert (found.output, found.evidence, found.confidence) == ({"name": ""}, (), 1.0)
