"""Where does a lead live? What it says of itself first, then its ZIP, then the area code of its phone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sami.domain.language.area_codes import Area, area_of, zones_of_state
from sami.domain.language.phone import area_code_of, country_of, is_newer_than_tables, time_zones_of
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.zips import STATES, state_of_zip

_REGIONS: Mapping[str, str] = {  # The Census's in the United States.
    "Northeast": "CT MA ME NH NJ NY PA RI VT",
    "Midwest": "IA IL IN KS MI MN MO ND NE OH SD WI",
    "South": "AL AR DC DE FL GA KY LA MD MS NC OK SC TN TX VA WV",
    "West": "AK AZ CA CO HI ID MT NM NV OR UT WA WY",
    "Territories": "AS GU MP PR VI",
    "Atlantic Canada": "NB NL NS PE",
    "Quebec": "QC",
    "Ontario": "ON",
    "Prairies": "AB MB SK",
    "British Columbia": "BC",
    "Northern Canada": "NT NU YT",
}
_REGION_BY_STATE = {state: region for region, states in _REGIONS.items() for state in states.split()}
_CANADIAN = frozenset(["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"])
_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})  # Countries to a phone, states to a letter.
_HERE = frozenset({"US", "CA"})
_ZIP = re.compile(r"[0-9]{5}(-?[0-9]{4})?")
_POSTAL_CODE = re.compile(r"[A-Z][0-9][A-Z][0-9][A-Z][0-9]")

ZONES_MAX = 12  # A phone that may be in more places than that says nothing of where it is.
SURE_OF_ZIP, SURE_OF_AREA, SURE_WHERE_THEY_DIFFER = 0.99, 0.8, 0.6


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where a lead lives. `zones`: every zone it may live in, empty where nothing is known.

    `confidence` is the state's, or the country's where there is no state.
    """

    country: str | None = None
    state: str | None = None
    region: str | None = None
    zones: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    confidence: float = 1.0


def locate(inquiry: Inquiry, country: str) -> Place:
    """`country` is the organisation's: there a bare ZIP or state is read as one of its own."""
    area_code = inquiry.area_code or (area_code_of(inquiry.phone) if inquiry.phone else None)
    phone_country = _phone_country(inquiry, country)
    area = area_of(area_code) if area_code and phone_country in _HERE else None
    found = _country(inquiry, phone_country, country)
    by_zip = _state_of_zip(inquiry.zip, found) if inquiry.country or country in _HERE else None
    by_area = area.states[0] if area is not None and len(area.states) == 1 and phone_country == found else None
    state = inquiry.state or by_zip or by_area
    return Place(
        country=found,
        state=state,
        region=_REGION_BY_STATE.get(state) if state and found in _HERE else None,
        zones=_zones(inquiry, found, inquiry.state or by_zip, area),
        evidence=tuple(_evidence(inquiry, by_zip, by_area, area_code, area)),
        confidence=_confidence(inquiry, found, by_zip, by_area),
    )


def _phone_country(inquiry: Inquiry, home: str) -> str | None:
    if inquiry.phone and home in _HERE and is_newer_than_tables(inquiry.phone):
        return home
    found = country_of(inquiry.phone) if inquiry.phone else None
    return "US" if found in _TERRITORIES else found


def _country(inquiry: Inquiry, phone_country: str | None, home: str) -> str | None:
    if inquiry.country:
        return inquiry.country
    if _POSTAL_CODE.fullmatch(_bare(inquiry.zip)):
        return "CA"
    if inquiry.state in STATES and (phone_country or home) in _HERE:
        return "CA" if inquiry.state in _CANADIAN else "US"
    if _ZIP.fullmatch(_bare(inquiry.zip)) and (phone_country or home) in _HERE and home in _HERE:
        return "US"
    return phone_country


def _state_of_zip(zip_code: str | None, country: str | None) -> str | None:
    pattern = {"US": _ZIP, "CA": _POSTAL_CODE}.get(country or "")
    code = _bare(zip_code)
    return state_of_zip(code) if pattern is not None and pattern.fullmatch(code) else None


def _bare(zip_code: str | None) -> str:
    return (zip_code or "").replace(" ", "").upper()


def _zones(inquiry: Inquiry, country: str | None, by_address: str | None, area: Area | None) -> tuple[str, ...]:
    """From the address, else every zone of the area code. Where both name one state, the area code is the closer.

    An address that a visitor typed beside somebody's phone does not move that phone's night: it only adds to it.
    """
    of_phone = area.zones if area is not None else time_zones_of(inquiry.phone) if inquiry.phone else ()
    if not (by_address and country in _HERE and zones_of_state(by_address)):
        return of_phone
    if area is not None and area.states == (by_address,):
        return area.zones
    of_address = zones_of_state(by_address)
    is_proven = not inquiry.said_by_form or not of_phone
    return of_address if is_proven else tuple(dict.fromkeys((*of_address, *of_phone)))


def _evidence(
    inquiry: Inquiry, by_zip: str | None, by_area: str | None, area_code: str | None, area: Area | None
) -> list[str]:
    said = [f"The lead says {inquiry.state}."] if inquiry.state else []
    if by_zip:
        said.append(f"ZIP {inquiry.zip} is in {by_zip}.")
    if by_area:
        said.append(f"Area code {area_code} is in {by_area}.")
    elif area is not None and len(area.states) > 1:
        said.append(f"Area code {area_code} is in {' or '.join(area.states)}.")
    return said


def _confidence(inquiry: Inquiry, country: str | None, by_zip: str | None, by_area: str | None) -> float:
    if inquiry.state:
        return 1.0 if by_zip in (None, inquiry.state) else SURE_WHERE_THEY_DIFFER
    if by_zip:
        return SURE_OF_ZIP
    if by_area:
        return SURE_OF_AREA
    return 1.0 if inquiry.country else SURE_OF_AREA if country else 0.0
