"""What people wrote of a lead, field by field, in a table or a form: kept, or what is wrong and what would be right."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sami.domain.language.characters import storable
from sami.domain.language.names import is_placeholder
from sami.domain.language.phone import E164, parse_phone
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.fields import Kind, LeadField
from sami.domain.leads.inquiry import SAID
from sami.domain.leads.once_attributes import moved
from sami.domain.leads.zips import read_zip

ATTRIBUTE = "attributes."
ATTRIBUTES_MAX, ATTRIBUTE_NAME_MAX, ATTRIBUTE_LENGTH_MAX = 100, 64, 2000
TAGS_MAX, TAG_LENGTH_MAX = 50, 100
EMAIL_LENGTH_MAX, LOCAL_LENGTH_MAX = 254, 64
PRICE_MAX = 10**15
PHONE_KEPT = 100
PHONE_AS_WRITTEN = "phone_as_written"
UNREADABLE = "is not a phone number"

_LINES = {field.name: field for field in SAID if field.kind is Kind.LINE}
_WRITTEN = (Kind.LINE, Kind.EMAIL, Kind.TAGS, Kind.PRICE)
FIELDS = ("first_name", "last_name", "phone", *(field.name for field in SAID if field.kind in _WRITTEN))
"""What a lead may be told to be, besides any `attributes.NAME`; first and last name make up the name."""

_ANSWERS = frozenset({"none", "test", "empty", "blank"})  # To a question of somebody's own these may be the answer.
# Half of a letter, which no database can keep, is refused with them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_EMAIL = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
PRICE = r"^\s*[$€£]?\s*([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,2})?\s*$"
_PRICE = re.compile(PRICE)
_ATTRIBUTE_NAME = re.compile(rf"[^\x00-\x1f\x7f-\x9f]{{1,{ATTRIBUTE_NAME_MAX}}}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """`wrong` is to be read after the field; neither repeats what was written."""

    field: str
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.field} {self.wrong}: {self.right}"


NOT_REACHABLE = Wrong("phone", "is missing, and so is email", "write a phone, an email or both")


def is_field(name: str) -> bool:
    """Whether something may be written here."""
    return name in FIELDS or (
        name.startswith(ATTRIBUTE) and _ATTRIBUTE_NAME.fullmatch(name[len(ATTRIBUTE) :]) is not None
    )


def read_lead(written: Mapping[str, str], *, country: str, source: str) -> NewLead | tuple[Wrong, ...]:
    """The lead, or every fault at once. Local phones are of `country`; `source` counts where none is written."""
    told = {
        field: text.strip()
        for field, text in written.items()
        if text.strip() and (field.startswith(ATTRIBUTE) or not is_placeholder(text))
    }
    names = " ".join(told.pop(part) for part in ("first_name", "last_name") if part in told)
    if names:
        told.setdefault("name", names)
    read = {field: _read(field, text) for field, text in told.items()}
    noted: Mapping[str, Any] = {}
    if isinstance(read.get("phone"), str):
        found = read_phone(read["phone"], country, email=read.get("email"))
        read["phone"], noted = (found, {}) if isinstance(found, Wrong) else found
    faults = tuple(_faults(read))
    return faults or replace(_lead_of(read, source), findings=noted)


def read_phone(
    written: str, country: str, *, email: str | Wrong | None
) -> tuple[E164 | None, Mapping[str, Any]] | Wrong:
    """The phone, and what is noted of it: the same at every door.

    One that cannot be read loses no lead that has an e-mail address: a person may see what was meant.
    """
    phone = parse_phone(written, country)
    if phone is not None:
        return phone, {}
    if email is None or isinstance(email, Wrong):
        right = f"write it in E.164, for example +15125550142, or as it is dialled in {country}"
        return Wrong("phone", UNREADABLE, right)
    return None, {PHONE_AS_WRITTEN: storable(written)[:PHONE_KEPT]}


def doubts_of(new: NewLead) -> tuple[Wrong, ...]:
    """What of a lead that was kept is not as it was meant."""
    if PHONE_AS_WRITTEN not in new.findings:
        return ()
    return (Wrong("phone", UNREADABLE, "it is kept as it was written; the e-mail address is enough"),)


def as_everywhere(new: NewLead, country: str) -> NewLead:
    """What every door shares, whichever way the words came in: a field is read in one way, and a placeholder is none.

    `country` is the organisation's. The phone is left as it is written.
    """
    said: dict[str, Any] = {name: _as_stored(line, getattr(new, name)) for name, line in _LINES.items()}
    said["zip"] = said["zip"] and read_zip(said["zip"], is_american=(said["country"] or country) == "US")
    email = _tidied(new.email)
    attributes = {name: kept for name, value in new.attributes.items() if (kept := _kept(value)) is not None}
    told, attributes = moved(attributes)
    said |= {name: value for name, value in told.items() if not said[name]}
    tags = tuple(tag for tag in map(_tidied, new.tags) if tag)
    return replace(new, **said, email=email.lower() if email else None, tags=tags, attributes=attributes)


def changes_as_everywhere(changes: Mapping[str, Any], *, lives_in: str | None, country: str) -> dict[str, Any]:
    """The same for what is changed of a known lead, column by column. None takes an attribute away."""
    if "attributes" in changes:
        told, attributes = moved(changes["attributes"])
        changes = {
            **told,
            **changes,
            "attributes": {name: kept for name, kept in attributes.items() if kept is not None},
        }
    texts = {name: changes[name] for name in _LINES if changes.get(name)}
    lead = as_everywhere(NewLead(**{"country": lives_in, **texts}), country)
    return {**changes, **{name: getattr(lead, name) for name in texts}}


def _as_stored(line: LeadField, text: str | None) -> str | None:
    kept = _tidied(text)
    if not kept:
        return None if line.is_optional else ""
    return line.reads(kept) if line.reads else kept


def _tidied(text: str | None) -> str | None:
    if text is None:
        return None
    kept = storable(text).strip()
    return None if not kept or is_placeholder(kept) else kept


def _kept(value: Any) -> Any:
    match value:
        case str() if value.strip().casefold() in _ANSWERS:
            return value
        case str():
            return _tidied(value)
        case list() | tuple():
            return [kept for kept in map(_kept, value) if kept is not None]
    return value


def _faults(read: Mapping[str, Any]) -> Iterator[Wrong]:
    yield from (value for value in read.values() if isinstance(value, Wrong))
    if "phone" not in read and "email" not in read:
        yield NOT_REACHABLE
    if sum(field.startswith(ATTRIBUTE) for field in read) > ATTRIBUTES_MAX:
        yield Wrong("attributes", "are too many", f"write at most {ATTRIBUTES_MAX}")


def _lead_of(read: Mapping[str, Any], source: str) -> NewLead:
    fields = {field: value for field, value in read.items() if not field.startswith(ATTRIBUTE)}
    attributes = {field[len(ATTRIBUTE) :]: value for field, value in read.items() if field.startswith(ATTRIBUTE)}
    return NewLead(**{"source": source, **fields}, attributes=attributes)


def _read(field: str, text: str) -> Any:
    if _CONTROL.search(text):
        return Wrong(field, "holds a control character", "write plain text")
    if field.startswith(ATTRIBUTE):
        return text if len(text) <= ATTRIBUTE_LENGTH_MAX else _too_long(field, ATTRIBUTE_LENGTH_MAX)
    if field == "phone":
        return text
    special = _SPECIAL.get(field)
    return special(field, text) if special else _line(_LINES[field], text)


def _line(line: LeadField, text: str) -> str | Wrong:
    told = " ".join(text.split())
    if len(told) > line.length:
        return _too_long(line.name, line.length)
    return line.reads(told) if line.reads else told


def _email(field: str, text: str) -> str | Wrong:
    email = text.lower()
    found = _EMAIL.fullmatch(email) if len(email) <= EMAIL_LENGTH_MAX else None
    if found is None or len(found[1]) > LOCAL_LENGTH_MAX:
        return Wrong(field, "is not an e-mail address", "write it like lee@example.com")
    return email


def read_price(field: str, text: str) -> int | Wrong:
    found = _PRICE.fullmatch(text)
    whole = int(found[1].replace(",", "")) if found else PRICE_MAX + 1
    return whole if whole <= PRICE_MAX else Wrong(field, "is not a price", "write whole units, for example 350000")


def read_tags(field: str, text: str) -> tuple[str, ...] | Wrong:
    tags = tuple(dict.fromkeys(" ".join(tag.split()) for tag in re.split(r"[,;|\n]", text) if tag.strip()))
    if len(tags) > TAGS_MAX:
        return Wrong(field, "are too many", f"write at most {TAGS_MAX}")
    return _too_long(field, TAG_LENGTH_MAX) if any(len(tag) > TAG_LENGTH_MAX for tag in tags) else tags


def _too_long(field: str, most: int) -> Wrong:
    return Wrong(field, "is too long", f"write at most {most} characters")


_SPECIAL: Mapping[str, Callable[[str, str], Any]] = {"email": _email, "price": read_price, "tags": read_tags}
