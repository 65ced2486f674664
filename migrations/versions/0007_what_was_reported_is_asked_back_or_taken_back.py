"""What was reported is asked back or taken back: how things stood before a report, and who may have asked to stop."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json, UtcDateTime

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("outcome_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("before", Json(), nullable=True))
        batch_op.add_column(sa.Column("undone_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stop_unsure_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("stop_unsure_at")
    with op.batch_alter_table("outcome_report", schema=None) as batch_op:
        batch_op.drop_column("undone_at")
        batch_op.drop_column("before")
