"""Calls can be found by line, outcome, who was rung, how a ring ended, and which gate kept somebody from ringing."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DECISIONS_AT_ONCE = 1_000
_GATES = frozenset(
    [
        "inactive",
        "unverified",
        "calls_off",
        "out_of_office",
        "outside_hours",
        "on_call",
        "reserved",
        "resting",
        "opted_out",
        "lacks_skill",
        "max_ring",
    ]
)

_decision = sa.table("decision", *map(sa.column, ("id", "kind", "call_id", "trace")))
_call_gate = sa.table("call_gate", sa.column("gate"), sa.column("call_id"))


def upgrade() -> None:
    op.create_table(
        "call_gate",
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_gate_call_id")),
        sa.PrimaryKeyConstraint("gate", "call_id", name=op.f("pk_call_gate")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_arrived_at", ["arrived_at", "id"])
        batch_op.create_index("ix_call_line", ["line", "id"])
        batch_op.create_index("ix_call_outcome", ["outcome", "id"])
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_agent_call", ["agent_id", "call_id"])
        batch_op.create_index("ix_attempt_ended", ["ended", "call_id"])
    _note_gates(op.get_bind())


def downgrade() -> None:
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_ended")
        batch_op.drop_index("ix_attempt_agent_call")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index("ix_call_outcome")
        batch_op.drop_index("ix_call_line")
        batch_op.drop_index("ix_call_arrived_at")
    op.drop_table("call_gate")


def _note_gates(db: sa.Connection) -> None:
    known: set[tuple[str, int]] = set()
    for row in _transfers(db):
        new = {(gate, row.call_id) for gate in _gates(json.loads(row.trace))} - known
        if new:
            db.execute(_call_gate.insert(), [{"gate": gate, "call_id": call_id} for gate, call_id in sorted(new)])
        known |= new


def _gates(trace: list[dict[str, Any]]) -> set[str]:
    refused = [found for found in trace if not found["passed"]]
    tried = {found["subject"] for found in refused if found["reason"] == "already_tried"}
    return {found["reason"] for found in refused if found["subject"] not in tried} & _GATES


def _transfers(db: sa.Connection) -> Iterator[sa.Row[Any]]:
    of_calls = _decision.c.kind == "transfer", _decision.c.call_id.is_not(None)
    last = 0
    while rows := db.execute(
        _decision.select().where(_decision.c.id > last, *of_calls).order_by(_decision.c.id).limit(_DECISIONS_AT_ONCE)
    ).all():
        yield from rows
        last = rows[-1].id
