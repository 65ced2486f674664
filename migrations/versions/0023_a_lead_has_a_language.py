"""A lead's language is a field of its own; what stood under `attributes.language` and can be read moves there."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json
from sami.domain.language.languages import language_code

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LEADS_AT_ONCE = 1_000

_lead = sa.table("lead", sa.column("id"), sa.column("attributes", Json()), sa.column("language"))


def upgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
    db = op.get_bind()
    for row in _leads(db):
        written = row.attributes.get("language")
        language = language_code(written) if isinstance(written, str) else ""
        if re.fullmatch(r"[a-z]{2}", language):
            others = {name: value for name, value in row.attributes.items() if name != "language"}
            db.execute(_lead.update().where(_lead.c.id == row.id).values(attributes=others, language=language))


def downgrade() -> None:
    db = op.get_bind()
    for row in _leads(db):
        if row.language:
            attributes = {**row.attributes, "language": row.language}
            db.execute(_lead.update().where(_lead.c.id == row.id).values(attributes=attributes))
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("language")


def _leads(db: sa.Connection) -> Iterator[sa.Row[Any]]:
    last = 0
    while rows := db.execute(_lead.select().where(_lead.c.id > last).order_by(_lead.c.id).limit(_LEADS_AT_ONCE)).all():
        yield from rows
        last = rows[-1].id
