"""Fields of a lead that were attributes before: whoever still writes `attributes.NAME` means the field."""

import re
from collections.abc import Mapping
from typing import Any

from sami.domain.leads.inquiry import ONCE_ATTRIBUTES


def moved(attributes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of these are fields, as they are stored, and the attributes that are left.

    None empties a field. What cannot be read as the field stays what somebody said, an attribute.
    """
    told = {name: read(name, value) for name, value in attributes.items() if _is_readable(name, value)}
    return told, {name: value for name, value in attributes.items() if name not in told}


def read(name: str, value: Any) -> Any:
    """A value of this attribute, in the one writing in which it is compared."""
    field = ONCE_ATTRIBUTES.get(name)
    return field.reads(value) if field and field.reads and isinstance(value, str) else value


def called(row: Any, name: str) -> str | None:
    """How people call what a stored lead says under this attribute."""
    field = ONCE_ATTRIBUTES.get(name)
    stored = getattr(row, name) if field else None
    if stored and field and field.words:
        return field.words(stored)[0]
    said = stored or row.attributes.get(name)
    return None if said is None else str(said)


def _is_readable(name: str, value: Any) -> bool:
    field = ONCE_ATTRIBUTES.get(name)
    if field is None or not isinstance(value, str | None):
        return False
    return value is None or field.form is None or re.fullmatch(field.form.pattern, read(name, value)) is not None
