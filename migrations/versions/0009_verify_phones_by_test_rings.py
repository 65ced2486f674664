"""Phones of agents and fallback numbers are verified by test rings."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    "text",
    "ring_leg",
    "end_leg",
    "redirect_caller",
    "delete_queue",
    "bot_call",
    "email",
    "slack",
    "announcement",
)


def upgrade() -> None:
    op.create_table(
        "test_ring",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("phone LIKE '+%' AND length(phone) BETWEEN 8 AND 16", name=op.f("ck_test_ring_phone_e164")),
        sa.CheckConstraint(
            "state IN ('waiting', 'ringing', 'confirmed', 'failed')", name=op.f("ck_test_ring_state_known")
        ),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_test_ring")),
    )
    with op.batch_alter_table("test_ring", schema=None) as batch_op:
        batch_op.create_index("ix_test_ring_phone", ["phone", "asked_at"], unique=False)

    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("verified_at", UtcDateTime(), nullable=True))
    _allow_kinds(*_KINDS, "test_ring")


def downgrade() -> None:
    op.execute("DELETE FROM outbox_item WHERE kind = 'test_ring'")
    _allow_kinds(*_KINDS)
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_column("verified_at")

    with op.batch_alter_table("test_ring", schema=None) as batch_op:
        batch_op.drop_index("ix_test_ring_phone")

    op.drop_table("test_ring")


def _allow_kinds(*kinds: str) -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_item_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outbox_item_kind_known"), sa.column("kind").in_(kinds))
