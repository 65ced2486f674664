"""Reassigned leads are listed for whoever reviews exceptions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("unmatched", "incomplete", "unowned", "worker_failed", "clash", "delayed", "sla_breached", "form_differs")


def upgrade() -> None:
    _allow_kinds(*_KINDS, "reassigned")


def downgrade() -> None:
    op.execute("DELETE FROM lead_exception WHERE kind = 'reassigned'")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    with op.batch_alter_table("lead_exception", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_lead_exception_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_lead_exception_kind_known"), sa.column("kind").in_(kinds))
