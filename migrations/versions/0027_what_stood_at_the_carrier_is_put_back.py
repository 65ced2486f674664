"""What stood at the carrier before we wrote our addresses is remembered, and what the nightly comparison found."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json, UtcDateTime

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "connected_line",
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("number_sid", sa.String(), nullable=False),
        sa.Column("before", Json(), nullable=False),
        sa.Column("connected_at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=True),
        sa.Column("actor_key", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_connected_line")),
    )
    op.create_table(
        "line_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("found", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_check")),
    )


def downgrade() -> None:
    op.drop_table("line_check")
    op.drop_table("connected_line")
