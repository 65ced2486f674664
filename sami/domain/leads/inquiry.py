"""What a lead says of itself: the facts that rules, scores and workers may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sami.domain.language.languages import language_code, language_names
from sami.domain.language.phone import E164
from sami.domain.leads.fields import Form, Kind, LeadField, declared_by, says
from sami.domain.leads.state_names import country_code, state_code

# Headers under which files hold a field, besides its name.
_NAMES = "full name, contact name, customer name, client name, lead name, your name"
_EMAILS = "e mail, email address, e mail address, primary email, email 1, email1, emails, email 2, email2, work email"
_SOURCES = "lead source, original source, original traffic source, contact source"
_SOURCE_IDS = "lead id, external id, reference id, record id, contact id"
_CITIES = "town, locality, address 1 city, address city, mailing city, property city"
_ZIPS = (
    "zip code, zipcode, postal code, postcode, post code, zip postal code, address 1 zip, address zip, mailing zip, "
    "mailing zip postal code, property zip"
)
_STATES = (
    "province, state province, state code, state region, address 1 state, address state, mailing state, "
    "mailing state province, property state"
)
_COUNTRIES = "country name, country region, address 1 country, mailing country"
_PRICES = "list price, listing price, home price, property price"

_STATE = Form("a state", r"[A-Z]{2}", 'two capital letters such as "TX"')
_LANGUAGE = Form("a language", r"[a-z]{2}", 'its two small letters such as "es"')
_COUNTRY = Form("a country", r"[A-Z]{2}", 'two capital letters such as "US"')


@dataclass(frozen=True, slots=True)
class Said:
    """What a lead says of itself, whether it arrives or is stored; of the phone, each has a form of its own.

    Text is as written, tags and attributes included; `state` and `country` are two capitals, `language` is two small
    letters. `price` is in whole units of the organisation's currency. `None`, `""` and `()` all mean that it is not
    known. `findings` are no word of the lead: what we found out by ourselves, beside the customer's own `attributes`.
    """

    name: str = field(default="", metadata=says(LeadField(length=200, is_optional=False, often=_NAMES, by_form=True)))
    email: str | None = field(
        default=None, metadata=says(LeadField(Kind.EMAIL, often=_EMAILS, identifies=True, by_form=True))
    )
    source: str = field(default="", metadata=says(LeadField(is_optional=False, often=_SOURCES, identifies=True)))
    source_id: str | None = field(
        default=None,
        metadata=says(
            LeadField(length=200, often=_SOURCE_IDS, describes="The lead's id at its source.", identifies=True)
        ),
    )
    type: str | None = field(
        default=None,
        metadata=says(LeadField(often="lead type", by_worker=True, by_form=True, is_wish=True, names_skills=True)),
    )
    product: str | None = field(
        default=None,
        metadata=says(LeadField(often="product name", by_worker=True, by_form=True, is_wish=True, names_skills=True)),
    )
    segment: str | None = field(
        default=None,
        metadata=says(LeadField(often="customer segment", by_worker=True, is_wish=True, names_skills=True)),
    )
    tags: tuple[str, ...] = field(
        default=(), metadata=says(LeadField(Kind.TAGS, often="tag, labels, label", names_skills=True))
    )
    city: str | None = field(
        default=None, metadata=says(LeadField(often=_CITIES, by_worker=True, by_form=True, names_skills=True))
    )
    zip: str | None = field(
        default=None, metadata=says(LeadField(often=_ZIPS, example="78704", by_worker=True, by_form=True))
    )
    state: str | None = field(
        default=None,
        metadata=says(LeadField(reads=state_code, form=_STATE, often=_STATES, by_worker=True, by_form=True)),
    )
    country: str | None = field(
        default=None,
        metadata=says(LeadField(reads=country_code, form=_COUNTRY, often=_COUNTRIES, by_worker=True, by_form=True)),
    )
    price: int | None = field(
        default=None, metadata=says(LeadField(Kind.PRICE, often=_PRICES, by_worker=True, by_form=True, is_wish=True))
    )
    timeframe: str | None = field(
        default=None,
        metadata=says(
            LeadField(often="time frame, timeline", by_worker=True, by_form=True, is_wish=True, names_skills=True)
        ),
    )
    language: str | None = field(
        default=None,
        metadata=says(
            LeadField(
                reads=language_code,
                words=language_names,
                form=_LANGUAGE,
                often="lang, idioma, preferred language, spoken language, language preference",
                describes="As ISO 639-1 has it (es); names of languages are read too.",
                example="es",
                by_worker=True,
                by_form=True,
                names_skills=True,
                was_attribute=True,
            )
        ),
    )
    score: int | None = field(default=None, metadata=says(LeadField(Kind.SCORE)))
    attributes: Mapping[str, Any] = field(default_factory=dict, metadata=says(LeadField(Kind.NAMED)))
    findings: Mapping[str, Any] = field(default_factory=dict, metadata=says(LeadField(Kind.NAMED)))


SAID = declared_by(Said)
"""Every field that a lead says of itself. Who lists fields of a lead takes them from here."""
ONCE_ATTRIBUTES = {field.name: field for field in SAID if field.was_attribute}


@dataclass(frozen=True, slots=True)
class Inquiry(Said):
    """A lead as stored. `area_code` is read from the phone.

    `may_contact` is false after an opt-out and while do-not-contact lasts. `said_by_form`: what of the address only a
    public form has said, where anybody may type anything.
    """

    id: int = 0
    phone: E164 | None = None
    area_code: str | None = None
    stage: str = "NEW"
    may_contact: bool = True
    said_by_form: tuple[str, ...] = ()

    def attribute(self, name: str) -> Any:
        """What rules know under `attributes.NAME`."""
        if name in ONCE_ATTRIBUTES and getattr(self, name):
            return getattr(self, name)
        return told_or_found(name, self.attributes, self.findings)


def told_or_found(name: str, attributes: Mapping[str, Any], findings: Mapping[str, Any]) -> Any:
    """A person's word; where there is none, what we found out under this name."""
    said = attributes.get(name)
    return findings.get(name) if said in (None, "") else said
