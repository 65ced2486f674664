"""When a lead first talked to a person is found at once, for reports of many leads."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_JOINED = sa.column("joined_at").is_not(None)


def upgrade() -> None:
    op.create_index(
        "ix_call_lead_joined", "call", ["lead_id", "joined_at"], postgresql_where=_JOINED, sqlite_where=_JOINED
    )


def downgrade() -> None:
    op.drop_index("ix_call_lead_joined", "call", postgresql_where=_JOINED, sqlite_where=_JOINED)
