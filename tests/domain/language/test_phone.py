"""Phones are read in any writing; callers are believed; what may not be dialled is refused (S3)."""

import pytest

from sami.domain.language.phone import (
    E164,
    area_code_of,
    country_of,
    is_landline,
    is_newer_than_tables,
    is_withheld,
    last_four,
    line_type_of,
    parse_phone,
    read_caller,
    refusal,
    time_zones_of,
)

US = frozenset({"US"})


@pytest.mark.parametrize(
    "raw",
    ["+15125550101", "(512) 555-0101", "512.555.0101", "1 512 555 0101", " +1-512-555-0101 ", "tel:+1-512-555-0101"],
)
def test_a_phone_is_read_in_any_writing(raw: str) -> None:
    assert parse_phone(raw, "US") == "+15125550101"


@pytest.mark.parametrize(
    "raw", ["", "junk", "911", "555-0101", "+1", "+" * 5000, "5" * 5000, "\x00", "sip:ana@example.com"]
)
def test_what_is_no_phone_is_none(raw: str) -> None:
    assert parse_phone(raw, "US") is None


def test_a_local_number_is_read_as_of_the_country() -> None:
    assert parse_phone("020 7183 8750", "GB") == "+442071838750"
    assert parse_phone("020 7183 8750", "gb") == "+442071838750"
    assert parse_phone("020 7183 8750", "US") is None


@pytest.mark.parametrize("raw", ["+15125550101", "+442071838750", "+15551234567", "+4930123456", "+79991234567"])
def test_any_number_a_carrier_vouches_for_is_a_caller(raw: str) -> None:
    assert read_caller(raw) == raw


NEWER = ("+16212340142", "+18372340142", "+14362340142", "+18612340142")


@pytest.mark.parametrize("phone", NEWER)
def test_an_area_code_newer_than_the_tables_is_of_the_plan_and_of_the_organisations_country(phone: str) -> None:
    assert parse_phone(phone, "US") == parse_phone(phone[2:], "US") == read_caller(phone) == phone
    assert is_newer_than_tables(E164(phone))
    assert refusal(E164(phone), US) is None
    assert refusal(E164(phone), frozenset({"CA"})) is None
    assert refusal(E164(phone), frozenset({"GB"})) is not None
    assert area_code_of(E164(phone)) == phone[2:5]


@pytest.mark.parametrize(
    "phone",
    [
        pytest.param("+12112340142", id="a service code is no area"),
        pytest.param("+12992340142", id="a code that is kept for longer numbers"),
        pytest.param("+15552340142", id="a code of 5 belongs to no place"),
        pytest.param("+16211340142", id="no exchange begins with 1"),
        pytest.param("+16219110142", id="no exchange is a service code"),
        pytest.param("+162123401421", id="a digit too many"),
    ],
)
def test_what_the_plan_does_not_give_out_is_no_phone(phone: str) -> None:
    assert parse_phone(phone, "US") is None
    assert not is_newer_than_tables(E164(phone))
    assert refusal(E164(phone), US) is not None


@pytest.mark.parametrize("raw", ["+5215512345678", "+525512345678", "+52 1 55 1234 5678", "+52 55 1234 5678"])
def test_a_mexican_mobile_is_one_phone_with_and_without_its_old_1(raw: str) -> None:
    assert parse_phone(raw, "US") == "+525512345678"
    assert read_caller(raw.replace(" ", "")) == "+525512345678"


@pytest.mark.parametrize(
    "raw",
    [
        "anonymous",
        "Unknown",
        "RESTRICTED",
        "unavailable",
        "private",
        "",
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    ],
)
def test_a_withheld_caller_is_no_phone(raw: str) -> None:
    assert is_withheld(raw)
    assert read_caller(raw) is None


@pytest.mark.parametrize(
    "raw", ["client:ana", "sip:ana@example.com", "2125550100", "+12", "+1234567890123456", "+0123456789"]
)
def test_what_is_neither_withheld_nor_e164_is_no_phone(raw: str) -> None:
    assert not is_withheld(raw)
    assert read_caller(raw) is None


@pytest.mark.parametrize(
    ("phone", "why"),
    [
        pytest.param("+15125550101", None, id="an ordinary number may be dialled"),
        pytest.param("+18005550100", None, id="a toll-free number may be dialled"),
        pytest.param("+19005551234", "premium", id="a premium number is refused"),
        pytest.param("+15129761234", "premium", id="976 is premium within any area code"),
        pytest.param("+16219761234", "premium", id="and within one that is newer than the tables"),
        pytest.param("+442071838750", "GB", id="a country not allowed is refused"),
        pytest.param("+12425020101", "BS", id="the Bahamas share +1 but are not the US"),
        pytest.param("+881612345678", "satellite", id="a satellite number is refused"),
        pytest.param("+8821612345678", "satellite", id="an international network is refused"),
        pytest.param("+1911", "short", id="a short number is refused"),
        pytest.param("+15551234567", "exists", id="a number of no area is refused"),
        pytest.param("+999123456789", "impossible", id="a country code that is none is refused"),
    ],
)
def test_s03_only_ordinary_numbers_of_allowed_countries_are_dialled(phone: str, why: str | None) -> None:
    said = refusal(E164(phone), US)
    assert said is None if why is None else said is not None and why in said


def test_s03_a_shared_cost_number_is_refused_in_its_own_country() -> None:
    assert refusal(E164("+611300123456"), frozenset({"AU"})) == "is a shared-cost number"


def test_only_what_is_certainly_a_landline_is_one() -> None:
    assert is_landline(E164("+442071838750"))
    assert not is_landline(E164("+15125550101"))
    assert not is_landline(E164("+999123456789"))


def test_a_phone_lives_in_the_zones_of_its_area_code() -> None:
    assert time_zones_of(E164("+15125550101")) == ("America/Chicago",)
    assert len(time_zones_of(E164("+18005550100"))) > 10
    assert time_zones_of(E164("+999123456789")) == ()


def test_logs_show_the_last_four() -> None:
    assert last_four("+15125550101") == "0101"


@pytest.mark.parametrize(
    ("phone", "country", "line"),
    [
        ("+15125550101", "US", "landline or mobile"),
        ("+18005550101", "US", "toll-free"),
        ("+19005550101", "US", "premium-rate"),
        ("+14165550101", "CA", "landline or mobile"),
        ("+17875550101", "PR", "landline or mobile"),
        ("+447400123456", "GB", "mobile"),
        ("+442071838750", "GB", "landline"),
        ("+445612345678", "GB", "internet"),
        ("+80012345678", None, "toll-free"),
        ("+15551234567", None, None),
    ],
)
def test_a_phone_tells_its_country_and_its_kind_of_line(phone: str, country: str | None, line: str | None) -> None:
    assert (country_of(E164(phone)), line_type_of(E164(phone))) == (country, line)
