"""Every change that a person or a key makes is recorded, each entry sealed to the one before."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_key", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.CheckConstraint(
            "door IN ('api', 'console', 'shell', 'text', 'call', 'form', 'clock')", name=op.f("ck_audit_door_known")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_actor_key", ["actor_key", "number"], unique=False)
        batch_op.create_index("ix_audit_at", ["at"], unique=False)

    end = op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_end_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_end")),
    )
    op.bulk_insert(end, [{"id": 1, "number": 0, "seal": None}])


def downgrade() -> None:
    op.drop_table("audit_end")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_at")
        batch_op.drop_index("ix_audit_actor_key")

    op.drop_table("audit")
