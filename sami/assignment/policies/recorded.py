"""What a policy is changed in becomes an entry of the audit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sami.assignment.policies.changes import policy_changes
from sami.audit.recording import record
from sami.documents.change import Change
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor


def record_policy(
    db: Connection,
    verb: Verb,
    thing: str,
    key: str | int,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    why: str = "",
) -> None:
    """Each difference by its place: `rules[Texas buyers].to.team`; all of it where there was none before."""
    if before is None:
        record(db, verb, thing, key, after=after, by=by, now=now, why=why)
        return
    changes = list(policy_changes(before, after))
    old = {_place(change): change.before for change in changes if change.before is not None}
    new = {_place(change): change.after if change.field else change.what for change in changes}
    record(db, verb, thing, key, before=old or None, after=new or None, by=by, now=now, why=why)


def _place(change: Change) -> str:
    table = change.table.removeprefix("policy").removeprefix(".")
    row = f"{table}[{change.row}]" if change.row else table
    return ".".join(filter(None, (row, change.field)))
