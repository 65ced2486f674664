"""A public form fills a known lead's gaps: what of an address only a form has said, and where it said otherwise."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("unmatched", "incomplete", "unowned", "worker_failed", "clash", "delayed", "sla_breached")


def upgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("said_by_form", Json(), server_default="[]", nullable=False))
    _allow_kinds(*_KINDS, "form_differs")


def downgrade() -> None:
    op.execute("DELETE FROM lead_exception WHERE kind = 'form_differs'")
    _allow_kinds(*_KINDS)
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("said_by_form")


def _allow_kinds(*kinds: str) -> None:
    with op.batch_alter_table("lead_exception", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_lead_exception_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_lead_exception_kind_known"), sa.column("kind").in_(kinds))
