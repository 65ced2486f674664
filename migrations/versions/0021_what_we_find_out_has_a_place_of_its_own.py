"""What we find out about a lead stands beside the customer's attributes and no longer among them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OURS = frozenset({"name_suspect", "line_type", "phone_valid", "phone_as_written", "email_as_written"})
_MAYBE_OURS = frozenset({"region", "time_zones"})
"""A customer may have attributes of these names: ours are those that a worker found with this very value."""
_LEADS_AT_ONCE = 1_000

_lead = sa.table("lead", sa.column("id"), sa.column("attributes", Json()), sa.column("findings", Json()))
_step = sa.table("intake_step", sa.column("id"), sa.column("lead_id"), sa.column("output", Json()))


def upgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("findings", Json(), server_default="{}", nullable=False))
    db = op.get_bind()
    for rows in _pages(db):
        found = _found_by_workers(db, [row.id for row in rows])
        for row in rows:
            ours = {name: value for name, value in row.attributes.items() if _is_ours(name, value, found[row.id])}
            if ours:
                said = {name: value for name, value in row.attributes.items() if name not in ours}
                db.execute(_lead.update().where(_lead.c.id == row.id).values(attributes=said, findings=ours))


def downgrade() -> None:
    """Where somebody said the same thing otherwise their word stays."""
    db = op.get_bind()
    for rows in _pages(db):
        for row in rows:
            if row.findings:
                both = {**row.findings, **row.attributes}
                db.execute(_lead.update().where(_lead.c.id == row.id).values(attributes=both))
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("findings")


def _pages(db: sa.Connection) -> Iterator[Sequence[sa.Row[Any]]]:
    last = 0
    while rows := db.execute(_lead.select().where(_lead.c.id > last).order_by(_lead.c.id).limit(_LEADS_AT_ONCE)).all():
        yield rows
        last = rows[-1].id


def _found_by_workers(db: sa.Connection, lead_ids: list[int]) -> dict[int, set[tuple[str, str]]]:
    found: dict[int, set[tuple[str, str]]] = {lead_id: set() for lead_id in lead_ids}
    mine = _step.select().where(_step.c.lead_id.in_(lead_ids))
    for row in db.execute(mine):
        attributes: Mapping[str, Any] = (row.output or {}).get("attributes", {})
        found[row.lead_id] |= {(name, json.dumps(value)) for name, value in attributes.items()}
    return found


def _is_ours(name: str, value: Any, found: set[tuple[str, str]]) -> bool:
    return name in _OURS or (name in _MAYBE_OURS and (name, json.dumps(value)) in found)
