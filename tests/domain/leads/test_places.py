"""Where a lead lives: its own word first, then the ZIP, then the area code; and the tables behind that are right."""

from datetime import UTC, datetime
from typing import Any

import phonenumbers  # noqa: TID251 - its own facts, to hold ours against.
import pytest
from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: TID251

from sami.domain.language.area_codes import area_of, zones_of_state
from sami.domain.language.hours import to_local, zone_problem
from sami.domain.language.phone import E164
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.places import locate
from sami.domain.leads.zips import STATES, state_of_zip

AUSTIN, HALIFAX, LONDON, SAN_JUAN = "+15125550101", "+19025550101", "+442071838750", "+17875550101"
CODES = [f"{number}" for number in range(200, 1000)]
OURS = [code for code in CODES if area_of(code)]
HERE = {"US", "CA", "PR", "VI", "GU", "MP", "AS"}
MILITARY = {"AA", "AE", "AP"}
CHICAGO, DENVER, NEW_YORK, LOS_ANGELES = "America/Chicago", "America/Denver", "America/New_York", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("said", "country", "state", "confidence"),
    [
        pytest.param({"phone": AUSTIN}, "US", "TX", 0.8, id="an area code tells the state, less surely than a ZIP"),
        pytest.param({"phone": AUSTIN, "zip": "90210"}, "US", "CA", 0.99, id="a ZIP outweighs the area code"),
        pytest.param({"phone": AUSTIN, "zip": "90210-1234"}, "US", "CA", 0.99, id="a ZIP of nine digits"),
        pytest.param({"phone": AUSTIN, "zip": "90210", "state": "NV"}, "US", "NV", 0.6, id="its own word wins"),
        pytest.param({"state": "TX"}, "US", "TX", 1.0, id="a state alone tells the country"),
        pytest.param({"state": "ON"}, "CA", "ON", 1.0, id="a province too"),
        pytest.param({"zip": "K1A 0B1"}, "CA", "ON", 0.99, id="a Canadian postal code tells its country"),
        pytest.param({"zip": "k1a0b1"}, "CA", "ON", 0.99, id="small letters and no blank"),
        pytest.param({"phone": HALIFAX}, "CA", None, 0.8, id="two provinces share an area code"),
        pytest.param({"phone": SAN_JUAN}, "US", "PR", 0.8, id="a territory counts as a state"),
        pytest.param({"phone": LONDON}, "GB", None, 0.8, id="elsewhere only the country is known"),
        pytest.param({"phone": AUSTIN, "country": "DE", "zip": "10115"}, "DE", None, 1.0, id="a German ZIP is no ZIP"),
        pytest.param({"phone": LONDON, "zip": "78701"}, "GB", None, 0.8, id="nor is five digits of a British lead"),
        pytest.param({"zip": "7870"}, None, None, 0.0, id="four digits are no ZIP"),
        pytest.param({"zip": "00099"}, "US", None, 0.8, id="a ZIP nobody has"),
        pytest.param({}, None, None, 0.0, id="nothing said, nothing known"),
    ],
)
def test_where_a_lead_lives(said: dict[str, Any], country: str | None, state: str | None, confidence: float) -> None:
    place = locate(Inquiry(**said), "US")
    assert (place.country, place.state, place.confidence) == (country, state, confidence)


def test_a_bare_zip_says_nothing_to_a_business_elsewhere() -> None:
    assert locate(Inquiry(zip="10115"), "DE").state is None
    assert locate(Inquiry(phone=E164(AUSTIN), zip="10115"), "DE").state == "TX"


@pytest.mark.parametrize(
    ("said", "zones"),
    [
        pytest.param({"phone": AUSTIN}, {CHICAGO}, id="of the area code"),
        pytest.param({"phone": "+12085550101"}, {"America/Boise", LOS_ANGELES}, id="every one of the area code"),
        pytest.param({"state": "TX"}, {CHICAGO, DENVER}, id="every one of the state"),
        pytest.param({"phone": AUSTIN, "state": "TX"}, {CHICAGO}, id="the area code is closer than its own state"),
        pytest.param({"phone": AUSTIN, "state": "NY"}, {NEW_YORK}, id="an address outweighs the area code"),
        pytest.param({"phone": AUSTIN, "zip": "96701"}, {"Pacific/Honolulu"}, id="a ZIP is an address"),
        pytest.param({"phone": AUSTIN, "zip": "09012"}, {CHICAGO}, id="a soldier's mail may be anywhere"),
        pytest.param({"phone": LONDON}, {"Europe/London"}, id="elsewhere as the phone's plan says"),
        pytest.param({}, set(), id="unknown"),
    ],
)
def test_the_clocks_a_lead_may_go_by(said: dict[str, Any], zones: set[str]) -> None:
    assert set(locate(Inquiry(**said), "US").zones) == zones


def test_the_evidence_names_what_was_said_and_what_speaks_against_it() -> None:
    place = locate(Inquiry(phone=E164(AUSTIN), state="CA", zip="78701"), "US")
    assert place.evidence == ("The lead says CA.", "ZIP 78701 is in TX.", "Area code 512 is in TX.")


@pytest.mark.parametrize(
    ("state", "region"),
    [("TX", "South"), ("DC", "South"), ("NY", "Northeast"), ("HI", "West"), ("OH", "Midwest"), ("PR", "Territories"),
     ("NS", "Atlantic Canada"), ("YT", "Northern Canada")],
)  # fmt: skip
def test_a_state_is_in_a_region(state: str, region: str) -> None:
    assert locate(Inquiry(state=state), "US").region == region


def _pairs(written: str) -> list[tuple[str, str]]:
    words = written.split()
    return list(zip(words[::2], words[1::2], strict=True))


# One post office of each state: its capital's, or its largest town's.
POST_OFFICES = _pairs("""
    AL 36104 AK 99801 AZ 85001 AR 72201 CA 95814 CO 80202 CT 06103 DE 19901 DC 20001 FL 32301 GA 30303 HI 96813
    ID 83702 IL 62701 IN 46225 IA 50309 KS 66603 KY 40601 LA 70802 ME 04330 MD 21401 MA 02201 MI 48933 MN 55102
    MS 39205 MO 65101 MT 59623 NE 68502 NV 89701 NH 03301 NJ 08608 NM 87501 NY 12207 NC 27601 ND 58501 OH 43215
    OK 73102 OR 97301 PA 17101 RI 02903 SC 29217 SD 57501 TN 37219 TX 78701 UT 84111 VT 05602 VA 23219 WA 98507
    WV 25301 WI 53703 WY 82001 PR 00901 VI 00802 GU 96910 MP 96950 AS 96799 AA 34001 AE 09012 AP 96201
    NL A1B4J6 NS B3J1T3 PE C1A7N8 NB E3B1E5 QC G1A1A3 ON M7A1A1 MB R3C0V8 SK S4S0B3 AB T5K2B6 BC V8V1X4 NU X0A0H0
    NT X1A1P8 YT Y1A2C6
""")
# Where two states meet in one range of three digits, or one state has a range of its own in another's.
ODD_ONES = _pairs("NY 00501 NY 06390 TX 73301 TX 88510 GA 39901 VA 20101 DC 20500 MD 20810 DC 56901 MA 05501 GU 96931")


@pytest.mark.parametrize(("state", "code"), POST_OFFICES + ODD_ONES)
def test_a_zip_is_in_its_state(state: str, code: str) -> None:
    assert state_of_zip(code) == state


@pytest.mark.parametrize("code", ["00000", "26900", "71500", "96939", "96960", "99", "D1A1A1", "X0Z0A0", ""])
def test_a_zip_of_no_state_is_in_none(code: str) -> None:
    assert state_of_zip(code) is None


def test_every_state_has_a_post_office_in_the_test_and_clocks_of_its_own() -> None:
    assert {state for state, _ in POST_OFFICES} == STATES
    assert {state for state in STATES if not zones_of_state(state)} == MILITARY
    assert not [zone for state in STATES for zone in zones_of_state(state) if zone_problem(zone)]


def test_our_area_codes_are_the_numbering_plans() -> None:
    """Every code that libphonenumber knows as an area's in these countries, and no other."""
    theirs = {code for code in CODES if _is_area(code)}
    assert set(OURS) == theirs | {"684"}  # American Samoa: there the exchanges are few.
    assert phonenumbers.is_valid_number(phonenumbers.parse("+16846221234"))


def _is_area(code: str) -> bool:
    numbers = (phonenumbers.parse(f"+1{code}{rest}") for rest in ("2345678", "5552345", "7654321"))
    return any(
        phonenumbers.region_code_for_number(number) in HERE and phonenumbers.length_of_geographical_area_code(number)
        for number in numbers
    )


# libphonenumber goes by the exchange of a landline. What it says of these nobody there goes by.
KNOWN_WRONG = {
    "474": {"America/Winnipeg"},  # Saskatchewan does not change its clocks.
    "689": {CHICAGO},  # Orlando.
    "867": {"America/Vancouver"},  # Yukon until 2020.
    "879": {"America/Puerto_Rico"},  # Labrador changes its clocks.
    "907": {"Pacific/Honolulu"},  # The Aleutians change their clocks, Hawaii does not.
}
WINTER, SUMMER = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC)


def test_an_area_code_reaches_into_every_zone_that_libphonenumber_has_a_phone_of_it_in() -> None:
    elsewhere: dict[str, set[str]] = {}
    for code in OURS:
        area = area_of(code)
        assert area is not None
        ours = {_clock(zone) for zone in area.zones}
        elsewhere[code] = {zone for zone in _theirs(code) if _clock(zone) not in ours}
    assert {code: zones for code, zones in elsewhere.items() if zones} == KNOWN_WRONG


def _theirs(code: str) -> set[str]:
    return {
        zone for prefix, zones in TIMEZONE_DATA.items() if prefix[1:4] == code and prefix[0] == "1" for zone in zones
    }


def _clock(zone: str) -> tuple[datetime, datetime]:
    """What the clock there shows in winter and in summer."""
    return to_local(WINTER, zone), to_local(SUMMER, zone)


NAMED = """
    Alabama AL, Alaska AK, Alberta AB, Arizona AZ, Arkansas AR, British Colombia BC, British Columbia BC, California CA,
    Colorado CO, Connecticut CT, Delaware DE, Florida FL, Georgia GA, Hawaii HI, Idaho ID, Illinois IL, Indiana IN,
    Iowa IA, Kansas KS, Kentucky KY, Louisiana LA, Maine ME, Manitoba MB, Maryland MD, Massachusetts MA, Michigan MI,
    Minnesota MN, Mississippi MS, Missouri MO, Montana MT, Nebraska NE, Nevada NV, New Brunswick NB, New Hampshire NH,
    New Jersey NJ, New Mexico NM, New York NY, Newfoundland and Labrador NL, North Carolina NC, North Dakota ND,
    Ohio OH, Oklahoma OK, Ontario ON, Oregon OR, Pennsylvania PA, Quebec QC, Rhode Island RI, Saskatchewan SK,
    South Carolina SC, South Dakota SD, Tennessee TN, Texas TX, Utah UT, Vermont VT, Virginia VA, Washington D.C. DC,
    Washington State WA, West Virginia WV, Wisconsin WI, Wyoming WY, Northwest Territories/Nunavut/Yukon NT/NU/YT,
    Nova Scotia/Prince Edward Island NS/PE
"""
STATE_BY_NAME = dict(entry.strip().rsplit(" ", 1) for entry in NAMED.split(","))
IN_THE_BOOK = 410
"""Area codes that libphonenumber names as a whole, and not only town by town."""


@pytest.mark.nightly  # The book of places takes three seconds to open.
def test_an_area_code_is_in_the_state_that_libphonenumber_names() -> None:
    from phonenumbers.geodata import GEOCODE_DATA  # noqa: TID251

    book = {prefix[1:]: names["en"] for prefix, names in GEOCODE_DATA.items() if prefix[0] == "1" and len(prefix) == 4}
    theirs = {code: STATE_BY_NAME.get(name) or name[-2:] for code, name in book.items()}
    assert len(theirs) >= IN_THE_BOOK
    ours = {code: "/".join(area.states) for code in theirs if (area := area_of(code)) is not None}
    assert ours == theirs
