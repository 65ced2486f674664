"""What was to be said outside is listed by kind and state, the newest first."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0032"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_UNSAID = sa.column("state").in_(("failed", "cancelled", "unknown"))


def upgrade() -> None:
    op.create_index("ix_outbox_item_kind", "outbox_item", ["kind", "id"])
    op.create_index(
        "ix_outbox_item_unsaid", "outbox_item", ["state", "id"], postgresql_where=_UNSAID, sqlite_where=_UNSAID
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_item_unsaid", "outbox_item")
    op.drop_index("ix_outbox_item_kind", "outbox_item")
