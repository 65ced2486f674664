"""Who did it, by kind and key, stands beside how it has always been written; earlier rows have the written form alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = (
    *("api_key", "enrolment", "import_mapping", "lead_batch", "lead_exception", "organisation_version"),
    *("outcome_report", "ownership", "policy_draft", "policy_version", "spending_stop", "task", "test_ring"),
)


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("actor_kind", sa.String(), nullable=True))
            batch_op.add_column(sa.Column("actor_key", sa.String(), nullable=True))


def downgrade() -> None:
    for table in reversed(_TABLES):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("actor_key")
            batch_op.drop_column("actor_kind")
