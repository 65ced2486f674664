"""Recordings that were kept long enough are found without reading every call, and deleted at Twilio by the outbox."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    *("text", "ring_leg", "end_leg", "redirect_caller", "delete_queue"),
    *("bot_call", "test_ring", "email", "slack", "announcement"),
)
_RECORDED = sa.column("recording_url").is_not(None)


def upgrade() -> None:
    _allow_kinds(*_KINDS, "delete_recording")
    op.create_index("ix_call_recorded", "call", ["arrived_at"], postgresql_where=_RECORDED, sqlite_where=_RECORDED)


def downgrade() -> None:
    op.drop_index("ix_call_recorded", "call")
    op.execute("DELETE FROM outbox_item WHERE kind = 'delete_recording'")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_item_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outbox_item_kind_known"), sa.column("kind").in_(kinds))
