"""What waits to be texted is found by its recipient, so that a STOP ends all of it at once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TO_SOMEBODY = sa.and_(sa.column("state") == "pending", sa.column("recipient").is_not(None))


def upgrade() -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recipient", sa.String(), nullable=True))
        batch_op.create_index(
            "ix_outbox_item_recipient",
            ["recipient"],
            unique=False,
            postgresql_where=_TO_SOMEBODY,
            sqlite_where=_TO_SOMEBODY,
        )


def downgrade() -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_item_recipient", postgresql_where=_TO_SOMEBODY, sqlite_where=_TO_SOMEBODY)
        batch_op.drop_column("recipient")
