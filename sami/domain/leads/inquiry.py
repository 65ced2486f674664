"""What a lead says of itself: the facts that rules, scores and workers may look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sami.domain.language.phone import E164


@dataclass(frozen=True, slots=True)
class Said:
    """What a lead says of itself, whether it arrives or is stored; of the phone, each has a form of its own.

    Text is as written, tags and attributes included; `state` and `country` are two capitals. `price` is in whole units
    of the organisation's currency. `None`, `""` and `()` all mean that it is not known. `findings` are no word of the
    lead: what we found out by ourselves, beside the customer's own `attributes`.
    """

    name: str = ""
    email: str | None = None
    source: str = ""
    source_id: str | None = None
    type: str | None = None
    product: str | None = None
    segment: str | None = None
    tags: tuple[str, ...] = ()
    city: str | None = None
    zip: str | None = None
    state: str | None = None
    country: str | None = None
    price: int | None = None
    timeframe: str | None = None
    score: int | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    findings: Mapping[str, Any] = field(default_factory=dict)


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
        return told_or_found(name, self.attributes, self.findings)


def told_or_found(name: str, attributes: Mapping[str, Any], findings: Mapping[str, Any]) -> Any:
    """A person's word; where there is none, what we found out under this name."""
    said = attributes.get(name)
    return findings.get(name) if said in (None, "") else said
