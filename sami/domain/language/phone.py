"""Which phone is this, and may we dial it? The door of `phonenumbers`."""

import re
from functools import lru_cache
from typing import NewType

import phonenumbers  # noqa: TID251 - this is the door.
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType  # noqa: TID251
from phonenumbers import timezone as _zones  # noqa: TID251

E164 = NewType("E164", str)
"""Anybody's phone, as `+` and digits; made only by `parse_phone` and `read_caller`."""

WRITING_LENGTH_MAX = 64
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WORDS_BEFORE = re.compile(r"^\s*[A-Za-z][A-Za-z .]*[:#]?\s*(?=[+(\d])")
_WORDS_AFTER = re.compile(r"(?<=\d)\s*(?:\([^)\d]*\)|[/;,|].*|\s+or\s.*|\s[A-Za-z][A-Za-z .]*)\s*$")
_FOR_EXAMPLES = {"US": "+151255501", "CA": "+161355501", "GB": "+4420794609"}
_UNKNOWN_ZONE = "Etc/Unknown"
_NORTH_AMERICA = 1
_COUNTRIES_OF_THE_PLAN = frozenset(phonenumbers.region_codes_for_country_code(_NORTH_AMERICA))
# What the plan gives out: no code ends in 11 or has a 9 in its middle, and those of 5 that are new belong to no place.
_OF_THE_PLAN = re.compile(r"(?!.11|.9|5)[2-9][0-9]{2}(?!.11)[2-9][0-9]{6}")
_PREMIUM_EXCHANGE = re.compile(r"[0-9]{3}976[0-9]{4}")
_MEXICAN_MOBILE = re.compile(r"\+521([0-9]{10})")  # As it was dialled until 2019, and as carriers still write it.
_NO_COUNTRY = "001"  # How the tables name international networks.

# How Twilio names a caller who hides; the numbers spell ANONYMOUS, RESTRICTED ... on a keypad and look like E.164.
_WITHHELD_WORDS = frozenset({"", "anonymous", "unknown", "restricted", "unavailable", "private"})
_WITHHELD_NUMBERS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})

# Satellite systems and international networks; no country owns them, and a minute costs dollars.
_SATELLITE_CODES = frozenset({870, 878, 881, 882, 883})
_LINE_TYPES = {
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "landline or mobile",  # North America: numbers there do not tell.
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium-rate",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.VOIP: "internet",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_REFUSED_TYPES = {
    PhoneNumberType.PREMIUM_RATE: "is a premium-rate number",
    PhoneNumberType.SHARED_COST: "is a shared-cost number",
}


@lru_cache(maxsize=4096)
def parse_phone(raw: str, country: str) -> E164 | None:
    """A valid phone in any writing, local numbers read as of `country`; None for everything else."""
    return _parse(raw, country.upper()) or _parse(_without_words(raw), country.upper())


def _without_words(raw: str) -> str:
    """Without what people write around a phone: `512-555-0144 (cell)`, `Mobile: ...`, and only the first of several."""
    return _WORDS_AFTER.sub("", _WORDS_BEFORE.sub("", raw))


def _parse(raw: str, country: str) -> E164 | None:
    number = _read(raw, country)
    if number is None:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    phone = E164(_MEXICAN_MOBILE.sub(r"+52\1", written))
    number = _read(phone, None)
    known = number is not None and phonenumbers.is_valid_number(number)
    return phone if known or is_newer_than_tables(phone) else None


def is_withheld(raw: str) -> bool:
    written = raw.strip().lower()
    return written in _WITHHELD_WORDS or written in _WITHHELD_NUMBERS


def read_caller(raw: str) -> E164 | None:
    """The phone a carrier says is calling; None where it is withheld or no phone (`client:`, `sip:`).

    Only the pattern is asked for: the carrier has vouched for the number, and ranges newer than our tables do call.
    """
    written = raw.strip()
    if is_withheld(written) or not _E164.fullmatch(written):
        return None
    return E164(_MEXICAN_MOBILE.sub(r"+52\1", written))


@lru_cache(maxsize=4096)
def is_newer_than_tables(phone: E164) -> bool:
    """A number of the North American shape whose area code no table knows yet: several are opened every year."""
    number = _read(phone, None)
    if number is None or number.country_code != _NORTH_AMERICA:
        return False
    if phonenumbers.region_code_for_number(number) is not None:
        return False
    return _OF_THE_PLAN.fullmatch(phonenumbers.national_significant_number(number)) is not None


@lru_cache(maxsize=4096)
def refusal(phone: E164, countries: frozenset[str]) -> str | None:
    """Why this phone may not be dialled or texted (S3), to be read after its name; None where it may.

    An area code newer than the tables counts as the organisation's own country.
    """
    number = _read(phone, None)
    if number is None or not phonenumbers.is_possible_number(number):
        return "is a short or impossible number"
    if number.country_code in _SATELLITE_CODES:
        return "is a satellite number"
    if is_newer_than_tables(phone) and countries & _COUNTRIES_OF_THE_PLAN:
        return _REFUSED_TYPES[PhoneNumberType.PREMIUM_RATE] if _has_premium_exchange(number) else None
    country = phonenumbers.region_code_for_number(number)
    if country is None:
        return "is not a number that exists"
    if country not in countries:
        return f"is in {country}, a country this organisation does not dial"
    if _has_premium_exchange(number):
        return _REFUSED_TYPES[PhoneNumberType.PREMIUM_RATE]
    return _REFUSED_TYPES.get(phonenumbers.number_type(number))


def _has_premium_exchange(number: PhoneNumber) -> bool:
    """976 within any area code: no table of types knows it."""
    national = phonenumbers.national_significant_number(number)
    return number.country_code == _NORTH_AMERICA and _PREMIUM_EXCHANGE.fullmatch(national) is not None


@lru_cache(maxsize=4096)
def is_landline(phone: E164) -> bool:
    """Certainly a landline. In North America numbers do not tell, so nothing there is."""
    number = _read(phone, None)
    return number is not None and phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE


@lru_cache(maxsize=4096)
def line_type_of(phone: E164) -> str | None:
    """What kind of line this is, in a word; None for a number that no numbering plan knows."""
    number = _read(phone, None)
    return None if number is None else _LINE_TYPES.get(phonenumbers.number_type(number))


@lru_cache(maxsize=4096)
def country_of(phone: E164) -> str | None:
    """The country whose numbering plan this phone is in; None where that is nobody's alone, or not known yet."""
    number = _read(phone, None)
    region = None if number is None else phonenumbers.region_code_for_number(number)
    return None if region == _NO_COUNTRY else region


def made_up_phones(country: str, count: int) -> list[E164]:
    """Phones for an example, which a country keeps for that where it does; else such as its tables show."""
    begins = _FOR_EXAMPLES.get(country.upper())
    if begins is None:
        shown = phonenumbers.example_number_for_type(country.upper(), PhoneNumberType.MOBILE)
        begins = phonenumbers.format_number(shown, phonenumbers.PhoneNumberFormat.E164)[:-2] if shown else ""
    phones = (parse_phone(f"{begins}{number:02}", country) for number in range(1, 100))
    return [phone for phone in phones if phone is not None][:count]


def last_four(phone: str) -> str:
    """All that logs and notices may show of a phone (S6)."""
    return phone[-4:]


@lru_cache(maxsize=4096)
def time_zones_of(phone: E164) -> tuple[str, ...]:
    """Every zone in which this phone may live; empty where nothing is known."""
    number = _read(phone, None)
    zones = () if number is None else _zones.time_zones_for_number(number)
    return tuple(zone for zone in zones if zone != _UNKNOWN_ZONE)


@lru_cache(maxsize=4096)
def area_code_of(phone: E164) -> str | None:
    """The geographical area code as people say it, such as 512; None where the number has none."""
    number = _read(phone, None)
    if number is not None and is_newer_than_tables(phone):
        return phonenumbers.national_significant_number(number)[:3]
    length = 0 if number is None else phonenumbers.length_of_geographical_area_code(number)
    return phonenumbers.national_significant_number(number)[:length] if number is not None and length else None


@lru_cache(maxsize=4096)
def _read(raw: str, country: str | None) -> PhoneNumber | None:
    if len(raw) > WRITING_LENGTH_MAX:
        return None
    try:
        return phonenumbers.parse(raw, country)
    except NumberParseException:
        return None
