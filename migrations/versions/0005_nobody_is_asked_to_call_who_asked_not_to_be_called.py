"""Nobody is asked to call who asked not to be called: tasks and the clock of a first response end with a reason."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import UtcDateTime

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATES = ("active", "met", "breached")


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_because", sa.String(), nullable=True))
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("work_ended_at", UtcDateTime(), nullable=True))
        batch_op.drop_constraint(op.f("ck_lead_sla_state_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_lead_sla_state_known"), sa.column("sla_state").in_((*_STATES, "ended"))
        )


def downgrade() -> None:
    """A clock that ended was never started: nobody is chased for it."""
    op.execute("UPDATE lead SET sla_state = NULL, sla_due_at = NULL WHERE sla_state = 'ended'")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_lead_sla_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_lead_sla_state_known"), sa.column("sla_state").in_(_STATES))
        batch_op.drop_column("work_ended_at")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_column("closed_because")
