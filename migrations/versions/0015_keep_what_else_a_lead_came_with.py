"""A second phone or e-mail address of a known lead is kept where staff can read and use it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KEPT = ("other_phones", "other_emails")


def upgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        for name in _KEPT:
            batch_op.add_column(sa.Column(name, Json(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("lead", schema=None) as batch_op:
        for name in reversed(_KEPT):
            batch_op.drop_column(name)
