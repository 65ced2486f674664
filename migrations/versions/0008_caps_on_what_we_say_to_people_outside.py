"""What we text and call by ourselves is counted by hour and day, and stops until a person lifts it (S25)."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STANDS = sa.column("lifted_at").is_(None)


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_spending")),
    )
    op.create_index("ix_spending_began_at", "spending", ["began_at"])
    op.create_table(
        "spending_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('texts', 'calls')", name=op.f("ck_spending_stop_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_stop")),
    )
    op.create_index(
        "uq_spending_stop_standing",
        "spending_stop",
        ["kind"],
        unique=True,
        postgresql_where=_STANDS,
        sqlite_where=_STANDS,
    )


def downgrade() -> None:
    op.drop_index("uq_spending_stop_standing", "spending_stop", postgresql_where=_STANDS, sqlite_where=_STANDS)
    op.drop_table("spending_stop")
    op.drop_index("ix_spending_began_at", "spending")
    op.drop_table("spending")
