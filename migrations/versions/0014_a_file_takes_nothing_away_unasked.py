"""A scheduled policy can be withdrawn, and a version of the organisation says whether a file made it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("policy_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("withdrawn_by", sa.String(), nullable=True))
    with op.batch_alter_table("organisation_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("from_file", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("organisation_version", schema=None) as batch_op:
        batch_op.drop_column("from_file")
    # What was withdrawn would take effect.
    op.execute("UPDATE policy_version SET effective_at = '9999-01-01 00:00:00+00:00' WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("policy_version", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_by")
        batch_op.drop_column("withdrawn_at")
