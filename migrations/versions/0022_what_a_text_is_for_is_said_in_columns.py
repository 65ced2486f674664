"""What a text is for, and what made it, is said in columns, which no key has to be read for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_MISSED, _PAUSED = "missed_transfer/", "paused/"
_UNSETTLED = ("pending", "sending", "unknown")

_item = sa.table(
    "outbox_item",
    *(sa.column(name) for name in ("id", "kind", "state", "dedupe_key", "occasion", "notice")),
    sa.column("repeats_when_lost", sa.Boolean()),
)
_task = sa.table("task", *(sa.column(name) for name in ("id", "state", "dedupe_key", "occasion")))
_text = sa.table("text", *(sa.column(name) for name in ("direction", "dedupe_key", "is_reply")))
_call = sa.table("placed_call", *(sa.column(name) for name in ("dedupe_key", "asked_by_text")))


def upgrade() -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("occasion", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("notice", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("repeats_when_lost", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_by_text", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("occasion", sa.String(), nullable=True))
    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_reply", sa.Boolean(), server_default=sa.false(), nullable=False))
    db = op.get_bind()
    _fill_items(db)
    _fill_tasks(db)
    replied = _text.c.direction == "out", _text.c.dedupe_key.startswith("reply/", autoescape=True)
    db.execute(_text.update().where(*replied).values(is_reply=sa.true()))
    asked = _call.c.dedupe_key.startswith("call_me/", autoescape=True)
    db.execute(_call.update().where(asked).values(asked_by_text=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.drop_column("is_reply")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("occasion")
    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.drop_column("asked_by_text")
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_column("repeats_when_lost")
        batch_op.drop_column("notice")
        batch_op.drop_column("occasion")


def _fill_items(db: sa.Connection) -> None:
    """What is settled is neither said again nor cancelled, so it needs none of them."""
    for row in db.execute(_item.select().where(_item.c.state.in_(_UNSETTLED))).all():
        key: str = row.dedupe_key
        is_notice = row.kind in ("text", "email") and key.startswith(_MISSED) and "/notice/" in key
        values = {
            "occasion": "/".join(key.split("/")[:2]) if key.startswith((_MISSED, _PAUSED)) else None,
            "notice": key.removesuffix("/email") if row.kind == "email" else None,
            "repeats_when_lost": is_notice,
        }
        db.execute(_item.update().where(_item.c.id == row.id).values(**values))


def _fill_tasks(db: sa.Connection) -> None:
    made = _task.c.state == "open", _task.c.dedupe_key.startswith("task/", autoescape=True)
    for row in db.execute(_task.select().where(*made)).all():
        db.execute(_task.update().where(_task.c.id == row.id).values(occasion=row.dedupe_key.rpartition("/")[0]))
