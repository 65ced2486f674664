"""What an arriving lead says, and what that changes in a lead that is known already."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sami.domain.language.actor import Actor
from sami.domain.language.local_time import Clock
from sami.domain.language.names import is_suspect
from sami.domain.language.phone import E164, area_code_of, last_four
from sami.domain.leads.inquiry import SAID, Inquiry, Said
from sami.domain.leads.stages import Stage

_TOLD = tuple(field.name for field in SAID if field.is_told)
_IDENTITIES = ("phone", "email", "source_id")
ADDRESS = ("zip", "state", "country")
"""The fields from which a lead's quiet hours are known."""
OTHERS_MAX = 10
OF_A_VISIT = frozenset({"consent", "consent_text", "consent_at"})
"""Attributes that prove what one visitor agreed to on that visit, and nothing of a lead that was known before."""


@dataclass(frozen=True, slots=True)
class NewLead(Said):
    """A lead as some door hands it over, `phone` as written until it is prepared; what is absent is None or empty."""

    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lead stood elsewhere before it came here: its owner's key, its stage, and since when it is a lead.

    It counts for a lead that is new here. What is None is decided here.
    """

    owner: str | None = None
    stage: Stage | None = None
    created_at: datetime | None = None

    def told(self, clock: Clock) -> str:
        """For the timeline; an owner change has a line of its own."""
        said = [f"its stage is {self.stage}"] if self.stage else []
        said += [f"it was created on {clock.note(self.created_at)}"] if self.created_at else []
        return f"As the file says, {' and '.join(said)}." if said else ""


def inquiry_from(new: NewLead) -> Inquiry:
    """As the workers see it; its phone is read already."""
    phone = None if new.phone is None else E164(new.phone)
    told = {field.name: getattr(new, field.name) for field in SAID}
    return Inquiry(phone=phone, area_code=None if phone is None else area_code_of(phone), **told)


def found_beside(new: NewLead, inquiry: Inquiry) -> dict[str, Any]:
    """What the workers added to what the lead said."""
    found = {
        name: value for name in _TOLD if (value := getattr(inquiry, name)) is not None and value != getattr(new, name)
    }
    tags = [tag for tag in inquiry.tags if tag not in new.tags]
    attributes = {key: value for key, value in inquiry.attributes.items() if new.attributes.get(key) != value}
    lists = {"tags": tags, "attributes": attributes, "findings": dict(inquiry.findings)}
    return found | {name: value for name, value in lists.items() if value}


def fields_of(new: NewLead, found: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a lead that is made of this."""
    told = {name: found.get(name, getattr(new, name)) for name in _TOLD}
    identities = {name: getattr(new, name) for name in (*_IDENTITIES, "source")}
    tags = list(dict.fromkeys((*new.tags, *found.get("tags", ()))))
    attributes = {**found.get("attributes", {}), **new.attributes}
    findings = dict(found.get("findings", {}))
    return {**told, **identities, "tags": tags, "attributes": attributes, "findings": findings}


def changes_to(known: Any, new: NewLead, found: Mapping[str, Any], taken: Collection[str]) -> dict[str, Any]:
    """What of the known lead is different now: the newest word counts, silence changes nothing.

    What workers found fills gaps only.

    An identity is filled in where there was none, and never replaced; `taken` are those that other leads have.
    """
    changes = {name: value for name in _TOLD if (value := getattr(new, name)) and value != getattr(known, name)}
    if known.name and is_suspect(new.name):
        changes.pop("name", None)  # Nobody is called test, and least of all who is known by a name.
    for name in _IDENTITIES:
        value = getattr(new, name)
        if value is not None and getattr(known, name) is None and name not in taken:
            changes[name] = value
            if name == "source_id":
                changes["source"] = new.source
    gaps = {name: value for name, value in found.items() if name in _TOLD and getattr(known, name) in (None, "")}
    changes = {**gaps, **changes}
    tags = list(dict.fromkeys((*known.tags, *new.tags, *found.get("tags", ()))))
    attributes = {**found.get("attributes", {}), **known.attributes, **new.attributes}
    changes |= {"tags": tags} if tags != known.tags else {}
    changes |= {"attributes": attributes} if attributes != known.attributes else {}
    findings = {**found.get("findings", {}), **known.findings, **new.findings}
    changes |= {"findings": findings} if findings != known.findings else {}
    return changes


def gaps_filled(known: Any, new: NewLead) -> NewLead:
    """What of it a visitor may add to a known lead: anybody can type anybody's phone into a form."""
    empty = NewLead()
    said = {name: getattr(empty, name) for name in _TOLD if getattr(known, name)}
    attributes = {
        name: value
        for name, value in new.attributes.items()
        if name not in OF_A_VISIT and known.attributes.get(name) in (None, "")
    }
    noted = {name: value for name, value in new.findings.items() if name not in known.findings}
    return replace(new, **said, tags=new.tags if not known.tags else (), attributes=attributes, findings=noted)


def differences(known: Any, new: NewLead) -> tuple[str, ...]:
    """Where a visitor says otherwise than the known lead, for a person to look at."""
    told = {name: (getattr(known, name), getattr(new, name)) for name in _TOLD}
    told |= {
        name: (known.attributes.get(name), value) for name, value in new.attributes.items() if name not in OF_A_VISIT
    }
    return tuple(
        f"{name} {_shown(said)} instead of {_shown(before)}"
        for name, (before, said) in told.items()
        if before and said and said != before
    )


def said_by_form(before: Collection[str], taken: Collection[str], *, by_form: bool) -> list[str]:
    """The parts of the address that nobody but a public form has said. `taken`: what was just taken over, by whom."""
    others = [name for name in before if name not in taken]
    return sorted({*others, *taken}) if by_form else others


def other_contacts(known: Any, new: NewLead) -> dict[str, list[str]]:
    """What else the lead can be reached by: it came with another phone or e-mail address than it is known by."""
    said = {"other_phones": (new.phone, known.phone), "other_emails": (new.email, known.email)}
    return {
        name: [*getattr(known, name), value][-OTHERS_MAX:]
        for name, (value, now) in said.items()
        if value is not None and now not in (None, value) and value not in getattr(known, name)
    }


def clashes_with(known: Any, new: NewLead, taken: Collection[str]) -> Iterator[str]:
    """Where what identifies the two differs: nothing is merged, a person has to look."""
    if new.phone is not None and known.phone not in (None, new.phone):
        yield f"Came with another phone, ending {last_four(new.phone)}."
    if new.email is not None and known.email not in (None, new.email):
        yield "Came with another e-mail address."
    if "email" in taken:
        yield "Came with the e-mail address of another lead."
    if "source_id" in taken:
        yield f"Came with the id that another lead has at {new.source}."


def retold(before: Any, changes: Mapping[str, Any], by: Actor) -> str:
    """What changed, for the timeline: no phone and no e-mail address in it."""
    said = [
        f"{name} {_shown(getattr(before, name))} to {_shown(value)}"
        for name, value in changes.items()
        if name in (*_TOLD, "tags", "stage", "source")
    ]
    for name in ("phone", "email"):
        if name in changes:
            was, has = getattr(before, name), changes[name]
            said.append(f"{name} {'added' if not was else 'corrected' if has else 'removed'}")
    said += [f"another {name} kept" for name in ("phone", "email") if changes.get(f"other_{name}s")]
    for column in ("attributes", "findings"):
        had = getattr(before, column, {})
        said += [
            f"{name} {_shown(had.get(name))} to {_shown(value)}"
            for name, value in changes.get(column, {}).items()
            if had.get(name) != value
        ]
    return f"Changed by {by}: {'; '.join(said)}." if said else ""


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
