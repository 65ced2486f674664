"""Refused webhooks are counted by cause and hour, so that `sami doctor` can tell of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "refused_webhook",
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "cause IN ('no_signature', 'wrong_signature', 'wrong_address', 'wrong_account', 'unknown_key', 'unknown_algorithm', 'not_a_form', 'missing_field')",
            name=op.f("ck_refused_webhook_cause_known"),
        ),
        sa.PrimaryKeyConstraint("cause", "hour", name=op.f("pk_refused_webhook")),
    )


def downgrade() -> None:
    op.drop_table("refused_webhook")
