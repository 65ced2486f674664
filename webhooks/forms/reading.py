"""What a visitor typed: read field by field, and of the fields that nobody asked for nothing is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import Request

from sami.domain.language.characters import storable
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.inquiry import SAID
from sami.domain.leads.written_values import ATTRIBUTE, Wrong, read_lead
from sami.settings.sections import SiteSettings
from webhooks.forms.refusals import KindRefused, UnreadableBody, WrongFields

HONEYPOT = "homepage"
"""No person sees this field, so whoever fills it in is a program."""
TOKEN, SUBMISSION, CONSENT, CONSENT_TEXT = "token", "submission_id", "consent", "consent_text"
SUBMISSION_HEADER = "Idempotency-Key"
SUBMISSION_LENGTH_MAX = 200

# What decides about owners by name is not the visitor's to say: source, segment, tags.
TOLD = ("first_name", "last_name", "phone", *(field.name for field in SAID if field.by_form))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_NO = frozenset({"", "false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Consent:
    """What stood beside the box, and whether it was ticked."""

    given: bool
    text: str

    def __str__(self) -> str:
        ticked = "Agreed to" if self.given else "Did not agree to"
        return f'{ticked}: "{self.text}"' if self.text else f"{ticked} being contacted."


def read_fields(request: Request) -> Mapping[str, str]:
    """Raises UnreadableBody or KindRefused."""
    if request.mimetype in _FORMS:
        return {name: values[0] for name, values in request.form.lists()}
    if request.mimetype != "application/json":
        raise KindRefused
    try:
        document = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    if not isinstance(document, dict):
        raise UnreadableBody
    return {name: _text(value) for name, value in document.items()}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise UnreadableBody


def read_post(fields: Mapping[str, str], site: SiteSettings, country: str, now: datetime) -> NewLead:
    """Raises WrongFields with every fault at once."""
    told = {name: fields[name] for name in TOLD if name in fields}
    kept = {f"{ATTRIBUTE}{name}": fields[name] for name in site.keeps if name in fields}
    if fields.get(CONSENT_TEXT):
        kept[f"{ATTRIBUTE}{CONSENT_TEXT}"] = fields[CONSENT_TEXT]
    read = read_lead({**told, **kept}, country=country, source=site.source or site.key)
    if not isinstance(read, NewLead):
        raise WrongFields(*(replace(fault, field=fault.field.removeprefix(ATTRIBUTE)) for fault in read))
    consent = read_consent(fields)
    if consent is None:
        return read
    said = {CONSENT: consent.given, "consent_at": now.isoformat(timespec="seconds")}
    return replace(read, attributes={**read.attributes, **said})


def read_consent(fields: Mapping[str, str]) -> Consent | None:
    """None for a form that does not ask. A box that is not ticked is not sent, so its text is what tells."""
    if CONSENT not in fields and not fields.get(CONSENT_TEXT):
        return None
    text = " ".join(storable(fields.get(CONSENT_TEXT, "")).split())
    return Consent(fields.get(CONSENT, "").strip().lower() not in _NO, text)


def read_submission(request: Request, fields: Mapping[str, str]) -> str | None:
    """The name by which a second sending of the same form is recognised; None where the page gives none."""
    said = fields.get(SUBMISSION) or request.headers.get(SUBMISSION_HEADER, "")
    if len(said) > SUBMISSION_LENGTH_MAX:
        raise WrongFields(Wrong(SUBMISSION, "is too long", f"write at most {SUBMISSION_LENGTH_MAX} characters"))
    return said.strip() or None
