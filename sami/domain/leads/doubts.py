"""What we find out about a lead by ourselves, and what of it is still so when the lead has changed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sami.domain.language.names import is_suspect
from sami.domain.language.phone import area_code_of, is_newer_than_tables, line_type_of
from sami.domain.leads.inquiry import Inquiry
from sami.domain.leads.places import ZONES_MAX, locate

OF_CONTACT = frozenset({"name_suspect", "line_type", "phone_valid"})
"""Said of the lead as it is now, never of one thing that it came with."""
_FOUND = OF_CONTACT | {"region", "time_zones"}
_SAID: Mapping[str, Callable[[Any], str]] = {
    "name_suspect": lambda suspect: "the name looks made up" if suspect else "",
    "phone_valid": lambda valid: "" if valid else "the phone is in no table of numbers that we have",
    "line_type": lambda line: f"the phone is a {line} number",
    "region": lambda region: f"the region is {region}",
    "time_zones": lambda zones: f"the time zone is {' or '.join(zones)}",
    "phone_as_written": lambda raw: f'the phone was written as "{raw}"',
    "email_as_written": lambda raw: f'the e-mail address was written as "{raw}"',
}
_FIELDS = ("name", "phone", "zip", "state", "country", "city")


def changed_by(inquiry: Inquiry, changes: Mapping[str, Any]) -> Inquiry:
    told = {name: changes[name] for name in _FIELDS if name in changes}
    phone = told.get("phone", inquiry.phone)
    return replace(inquiry, **told, area_code=None if phone is None else area_code_of(phone))


def findings_of(inquiry: Inquiry, country: str) -> dict[str, Any]:
    """`country` is the organisation's."""
    place = locate(inquiry, country)
    found: dict[str, Any] = {"region": place.region}
    if 0 < len(place.zones) <= ZONES_MAX:
        found["time_zones"] = list(place.zones)
    if inquiry.name and is_suspect(inquiry.name):
        found["name_suspect"] = True
    if inquiry.phone is not None:
        found["line_type"] = line_type_of(inquiry.phone)
        found["phone_valid"] = False if is_newer_than_tables(inquiry.phone) else None
    return {name: value for name, value in found.items() if value is not None}


def found_anew(findings: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What we had found gives way to what we find now; where nothing of it changed all stays."""
    if before == after:
        return dict(findings)
    return {name: value for name, value in findings.items() if name not in _FOUND} | dict(after)


def said_findings(findings: Mapping[str, Any]) -> str:
    """As people say them, to be read after "We found out"; empty where there are none."""
    told = (say(findings[name]) for name, say in _SAID.items() if name in findings)
    return "; ".join(filter(None, told))
