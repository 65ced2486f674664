"""Calls that are not over are found without reading those that are: the board is looked at every two seconds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0032"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = sa.column("ended_at").is_(None)


def upgrade() -> None:
    op.create_index("ix_call_open", "call", ["id"], postgresql_where=_OPEN, sqlite_where=_OPEN)


def downgrade() -> None:
    op.drop_index("ix_call_open", "call")
