"""A lead that a person gave or claimed is not taken back by the next trigger: whether one did stands with the lead."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_by_hand", sa.Boolean(), server_default=sa.false(), nullable=False))
    # A policy's changes refer to its decision; programs of ours sign with what they are, everybody else is a person.
    op.execute(
        "UPDATE lead SET given_by_hand = true WHERE owner_id IS NOT NULL AND EXISTS (SELECT 1 FROM ownership AS newest"
        " WHERE newest.id = (SELECT max(id) FROM ownership WHERE ownership.lead_id = lead.id) AND newest.decision IS NULL"
        " AND newest.by NOT IN ('policy', 'workflow', 'outcome', 'cadence', 'call'))"
    )


def downgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("given_by_hand")
