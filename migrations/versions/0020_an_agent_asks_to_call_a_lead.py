"""An agent asks to call a lead: who asked for a call of ours, where it was not the lead."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_placed_call_asked_by"), "agent", ["asked_by"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_placed_call_asked_by"), type_="foreignkey")
        batch_op.drop_column("asked_by")
