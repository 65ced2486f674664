"""An entry of the audit as a document and as a line: for the API, the command line and the console."""

import json
from typing import Any

from sami.domain.audit.entry import SealedEntry


def audit_document(found: SealedEntry) -> dict[str, Any]:
    """Instants stay instants. What was erased says nothing more."""
    entry, said = found.entry, found.entry.said
    return {
        "number": found.number,
        "at": entry.at,
        "by": entry.by.written,
        "kind": entry.by.kind.value,
        "door": entry.door.value,
        "place": said.place,
        "verb": entry.verb.value,
        "thing": entry.thing,
        "key": said.key,
        "before": _values(said.before),
        "after": _values(said.after),
        "why": said.why,
        "erased": found.salt is None,
    }


def audit_line(found: SealedEntry) -> str:
    """`api/crm changed organisation.bots main: ring_timeout 20 -> 25 (203.0.113.7 by api): louder`"""
    entry, said = found.entry, found.entry.said
    place = " by ".join(filter(None, (said.place, entry.door.value)))
    what = " ".join(filter(None, (entry.by.written, entry.verb.value, entry.thing, said.key)))
    changed = _changed(_values(said.before) or {}, _values(said.after) or {})
    why = f": {said.why}" if said.why else ""
    erased = " (erased)" if found.salt is None else ""
    return f"{what}{changed} ({place}){why}{erased}"


def _changed(before: dict[str, Any], after: dict[str, Any]) -> str:
    names = (name for name in {**before, **after} if before.get(name) != after.get(name))
    told = [f"{name} {_shown(before, name)} -> {_shown(after, name)}" for name in names]
    return f": {', '.join(told)}" if told else ""


def _shown(values: dict[str, Any], name: str) -> str:
    return json.dumps(values[name], ensure_ascii=False) if values.get(name) is not None else "(absent)"


def _values(written: str | None) -> dict[str, Any] | None:
    values: dict[str, Any] | None = None if written is None else json.loads(written)
    return values
