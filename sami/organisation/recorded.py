"""Each changed row of the organisation becomes an entry of the audit."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from sami.audit.recording import Values, record
from sami.documents.change import Change
from sami.documents.checks.fault import Document
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.organisation.changes import rows_of

_VERBS = {"added": Verb.ADDED, "removed": Verb.REMOVED, "deactivated": Verb.REMOVED}


def record_rows(
    db: Connection,
    changes: Iterable[Change],
    *,
    before: Document,
    after: Document,
    by: Actor,
    now: datetime,
    why: str = "",
) -> None:
    """Of a new row all that it says, of one that went all that it said, of others what changed."""
    for (table, row), of_row in groupby(changes, key=lambda change: (change.table, change.row)):
        told = list(of_row)
        verb = _VERBS.get(told[0].what, Verb.CHANGED)
        old, new = _fields(told, before, after, verb)
        thing = "organisation" if table == "organisation" else f"organisation.{table}"
        record(db, verb, thing, row, before=old, after=new, by=by, now=now, why=why)


def _fields(told: list[Change], before: Document, after: Document, verb: Verb) -> tuple[Values | None, Values | None]:
    table, row = told[0].table, told[0].row
    if verb is Verb.ADDED:
        return None, rows_of(after, table).get(row)
    if verb is Verb.REMOVED:
        return rows_of(before, table).get(row), None
    activated = {"active": True} if any(change.what == "activated" for change in told) else {}
    fields = [change for change in told if change.field]
    old = {change.field: change.before for change in fields} | dict.fromkeys(activated, False)
    return old, {change.field: change.after for change in fields} | activated
