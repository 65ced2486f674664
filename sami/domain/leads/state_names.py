"""Which two capitals does a state, province or country go by, however it was written?"""

from collections.abc import Mapping

_STATES = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas,
KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi,
MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island,
SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington,
WV West Virginia, WI Wisconsin, WY Wyoming, PR Puerto Rico, GU Guam, VI Virgin Islands,
AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, NL Newfoundland and Labrador, NS Nova Scotia,
NT Northwest Territories, NU Nunavut, ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, YT Yukon
"""
_COUNTRIES = "US United States, US United States of America, US USA, US U.S., CA Canada, GB United Kingdom, MX Mexico"


def _codes(listed: str) -> Mapping[str, str]:
    pairs = (entry.split(maxsplit=1) for entry in listed.split(","))
    return {name.strip().casefold(): code for code, name in pairs}


_CODE_OF_STATE, _CODE_OF_COUNTRY = _codes(_STATES), _codes(_COUNTRIES)


def state_code(written: str) -> str:
    """The code of a state or province of North America; any other writing as it is, two letters as capitals."""
    return _CODE_OF_STATE.get(written.casefold(), _short_in_capitals(written))


def country_code(written: str) -> str:
    return _CODE_OF_COUNTRY.get(written.casefold(), _short_in_capitals(written))


def _short_in_capitals(written: str) -> str:
    return written.upper() if len(written) == 2 else written
