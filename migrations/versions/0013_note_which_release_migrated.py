"""Each revision notes the release that made it, so that an older release can say which one the database wants."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("migrated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_release")),
    )


def downgrade() -> None:
    op.drop_table("release")
