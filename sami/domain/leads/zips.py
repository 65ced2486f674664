"""In which state or province is a ZIP or a Canadian postal code? By its first digits, as the postal services sort.

A few dozen of some 41,000 ZIPs reach across a state line; those are taken to be where the post office is.
"""

import re
from collections.abc import Iterator, Mapping

_PREFIX = re.compile(r"(?:z|zip|zip code|postal code)\s*:\s*|'", re.IGNORECASE)
_AMERICAN = re.compile(r"(\d{3,5})(?:[- ](\d{4})|\.0+)?|(\d{4,5})(\d{4})")

# First digits: a range of three, or the few that are narrower than a range.
_ZIPS: Mapping[str, str] = {
    "AA": "340",
    "AE": "090-098",
    "AK": "995-999",
    "AL": "350-369",
    "AP": "962-966",
    "AR": "716-729",
    "AS": "96799",
    "AZ": "850-865",
    "CA": "900-961",
    "CO": "800-816",
    "CT": "060-069",
    "DC": "200 202-205 569",
    "DE": "197-199",
    "FL": "320-339 341-349",
    "GA": "300-319 398-399",
    "GU": "9691 9692 96931 96932",
    "HI": "967-968",
    "IA": "500-528",
    "ID": "832-838",
    "IL": "600-629",
    "IN": "460-479",
    "KS": "660-679",
    "KY": "400-427",
    "LA": "700-714",
    "MA": "010-027 055",
    "MD": "206-219",
    "ME": "039-049",
    "MI": "480-499",
    "MN": "550-567",
    "MO": "630-658",
    "MP": "9695",
    "MS": "386-397",
    "MT": "590-599",
    "NC": "270-289",
    "ND": "580-588",
    "NE": "680-693",
    "NH": "030-038",
    "NJ": "070-089",
    "NM": "870-884",
    "NV": "889-898",
    "NY": "005 06390 100-149",
    "OH": "430-459",
    "OK": "730-732 734-749",
    "OR": "970-979",
    "PA": "150-196",
    "PR": "006-007 009",
    "RI": "028-029",
    "SC": "290-299",
    "SD": "570-577",
    "TN": "370-385",
    "TX": "733 750-799 885",
    "UT": "840-847",
    "VA": "201 220-246",
    "VI": "008",
    "VT": "050-054 056-059",
    "WA": "980-994",
    "WI": "530-549",
    "WV": "247-268",
    "WY": "820-831",
    "AB": "T",
    "BC": "V",
    "MB": "R",
    "NB": "E",
    "NL": "A",
    "NS": "B",
    "NT": "X0E X0G X1A",
    "NU": "X0A X0B X0C",
    "ON": "K L M N P",
    "PE": "C",
    "QC": "G H J",
    "SK": "S",
    "YT": "Y",
}

STATES = frozenset(_ZIPS)
"""Every state, province and territory, and the three of the armed forces' mail."""


def state_of_zip(code: str) -> str | None:
    """`code` in capitals and without blanks."""
    return next((_STATE_BY_ZIP[code[:n]] for n in (5, 4, 3, 1) if code[:n] in _STATE_BY_ZIP), None)


def read_zip(written: str, *, is_american: bool) -> str:
    """As it stands on a letter: spreadsheets take away the zeros in front and add a fraction, exports a letter.

    `is_american`: nothing says that the lead lives elsewhere, where four digits may well be all.
    """
    code = _PREFIX.sub("", " ".join(written.split()))
    found = _AMERICAN.fullmatch(code) if is_american else None
    if found is None:
        return code
    five, four = found[1] or found[3], found[2] or found[4]
    return five.rjust(5, "0") + (f"-{four}" if four else "")


def _prefixes(written: str) -> Iterator[str]:
    for part in written.split():
        first, _, last = part.partition("-")
        yield from [f"{number:03}" for number in range(int(first), int(last) + 1)] if last else [first]


_STATE_BY_ZIP = {prefix: state for state, written in _ZIPS.items() for prefix in _prefixes(written)}
