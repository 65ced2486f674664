"""What a call came to is reported, acted on and followed up: outcomes, tasks, cadences, notices and calls of ours."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from sami.database.column_types import Json, UtcDateTime

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


_TO_CLASSIFY = sa.column("classify_at").is_not(None)
_WAITS = sa.column("due_at").is_not(None)
_IN_A_LANE = sa.column("lane").is_not(None)
_OF_A_CALL = sa.column("call").is_not(None)
_IN_A_CADENCE = sa.column("state").in_(("active", "paused"))
_UNDER_WAY = sa.column("state").in_(("waiting", "placed", "answered"))

_KINDS = ("text", "ring_leg", "end_leg", "redirect_caller", "delete_queue")
_MORE_KINDS = ("bot_call", "email", "slack", "announcement")
_OUTCOMES = ("successful_transfer", "missed_transfer", "needs_follow_up", "contact_later", "opt_out", "not_interested")
_MORE_OUTCOMES = ("unqualified", "bad_number")
_STATES = ("menu", "asking", "ringing", "queued", "message", "safety_net", "ended")


def upgrade() -> None:
    op.create_table(
        "do_not_contact",
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("channel IN ('text', 'call')", name=op.f("ck_do_not_contact_channel_known")),
        sa.CheckConstraint(
            "phone LIKE '+%' AND length(phone) BETWEEN 8 AND 16", name=op.f("ck_do_not_contact_phone_e164")
        ),
        sa.PrimaryKeyConstraint("phone", "channel", name=op.f("pk_do_not_contact")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("events", Json(), server_default="[]", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("ref", name=op.f("uq_subscription_ref")),
    )
    op.create_table(
        "announcement_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["outbox_item.id"], name=op.f("fk_announcement_try_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_try")),
    )
    with op.batch_alter_table("announcement_try", schema=None) as batch_op:
        batch_op.create_index("ix_announcement_try_at", ["at"], unique=False)
        batch_op.create_index("ix_announcement_try_item_id", ["item_id"], unique=False)

    op.create_table(
        "notice_preference",
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("channels", Json(), server_default="[]", nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=True),
        sa.Column("quiet_to", sa.String(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_notice_preference_agent_id")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_notice_preference")),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("step_from", UtcDateTime(), nullable=False),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("line", sa.String(), nullable=True),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("silenced_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("line LIKE '+%' AND length(line) BETWEEN 8 AND 16", name=op.f("ck_enrolment_line_e164")),
        sa.CheckConstraint(
            "state IN ('active', 'paused', 'completed', 'cancelled')", name=op.f("ck_enrolment_state_known")
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_enrolment_lead_id")),
        sa.ForeignKeyConstraint(["version"], ["organisation_version.version"], name=op.f("fk_enrolment_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    op.create_table(
        "pace",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_enrolment_call", ["call"], unique=False, postgresql_where=_OF_A_CALL, sqlite_where=_OF_A_CALL
        )
        batch_op.create_index(
            "ix_enrolment_due_at", ["due_at", "id"], unique=False, postgresql_where=_WAITS, sqlite_where=_WAITS
        )
        batch_op.create_index("ix_enrolment_lead_id", ["lead_id"], unique=False)
        batch_op.create_index(
            "uq_enrolment_open",
            ["lead_id", "cadence"],
            unique=True,
            postgresql_where=_IN_A_CADENCE,
            sqlite_where=_IN_A_CADENCE,
        )

    op.create_table(
        "failed_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("action", Json(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("occasion", Json(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'done', 'given_up')", name=op.f("ck_failed_action_state_known")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_failed_action_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_action")),
        sa.UniqueConstraint("key", name=op.f("uq_failed_action_key")),
    )
    with op.batch_alter_table("failed_action", schema=None) as batch_op:
        batch_op.create_index("ix_failed_action_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_failed_action_lead_id", ["lead_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_notice_agent_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_notice_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notice_dedupe_key")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index("ix_notice_agent_id", ["agent_id", "read_at"], unique=False)

    op.create_table(
        "enrolment_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("do", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('done', 'left_out', 'failed')", name=op.f("ck_enrolment_step_state_known")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_step_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_step")),
        sa.UniqueConstraint("enrolment_id", "position", name=op.f("uq_enrolment_step_enrolment_id_position")),
    )
    op.create_table(
        "outcome_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("later_at", UtcDateTime(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('successful_transfer', 'missed_transfer', 'needs_follow_up', 'contact_later', 'opt_out', 'not_interested', 'unqualified', 'bad_number')",
            name=op.f("ck_outcome_report_outcome_known"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_outcome_report_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_report")),
    )
    with op.batch_alter_table("outcome_report", schema=None) as batch_op:
        batch_op.create_index("ix_outcome_report_call_id", ["call_id"], unique=False)

    op.create_table(
        "placed_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("agent_first", sa.Boolean(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("enrolment", sa.Integer(), nullable=True),
        sa.Column("of_call", sa.String(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("call", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "phone LIKE '+%' AND length(phone) BETWEEN 8 AND 16", name=op.f("ck_placed_call_phone_e164")
        ),
        sa.CheckConstraint(
            "result IN ('person', 'machine', 'no_answer', 'busy', 'failed', 'not_permitted', 'nobody_free', 'unknown')",
            name=op.f("ck_placed_call_result_known"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'placed', 'answered', 'ended', 'cancelled')", name=op.f("ck_placed_call_state_known")
        ),
        sa.ForeignKeyConstraint(["enrolment"], ["enrolment.id"], name=op.f("fk_placed_call_enrolment")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_placed_call_lead_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placed_call")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_placed_call_dedupe_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_placed_call_ref")),
    )
    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.create_index("ix_placed_call_due_at", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_placed_call_lead_id", ["lead_id"], unique=False)
        batch_op.create_index("ix_placed_call_call", ["call"], unique=False)
        batch_op.create_index("ix_placed_call_of_call", ["of_call"], unique=False)
        batch_op.create_index("ix_placed_call_phone", ["phone", "placed_at"], unique=False)
        batch_op.create_index("ix_placed_call_placed_at", ["placed_at"], unique=False)
        batch_op.create_index(
            "uq_placed_call_open", ["phone"], unique=True, postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY
        )

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("placed", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("reported", sa.String(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_call_reported_known"), sa.column("reported").in_((*_OUTCOMES, *_MORE_OUTCOMES))
        )
        batch_op.drop_constraint(op.f("ck_call_state_known"), type_="check")
        batch_op.create_check_constraint(
            op.f("ck_call_state_known"), sa.column("state").in_((*_STATES, "calling_back"))
        )

    _allow_kinds(*_KINDS, *_MORE_KINDS)

    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lane", sa.String(), nullable=True))
        batch_op.create_index(
            "ix_outbox_item_lane", ["lane", "state", "due_at"], postgresql_where=_IN_A_LANE, sqlite_where=_IN_A_LANE
        )

    with op.batch_alter_table("consent_change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("until", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("words", sa.String(), nullable=True))

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outreach_stopped_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("connected_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("done_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("reminded_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_task_due_at", ["state", "due_at"], unique=False)

    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.add_column(sa.Column("media", Json(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("classify_at", UtcDateTime(), nullable=True))
        batch_op.create_index(
            "ix_text_classify_at",
            ["classify_at"],
            unique=False,
            sqlite_where=_TO_CLASSIFY,
            postgresql_where=_TO_CLASSIFY,
        )


def downgrade() -> None:
    op.execute("DELETE FROM announcement_try")
    op.execute("UPDATE call SET state = 'ended' WHERE state = 'calling_back'")
    op.execute("DELETE FROM outbox_item WHERE kind IN ('bot_call', 'email', 'slack', 'announcement')")
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_item_lane", postgresql_where=_IN_A_LANE, sqlite_where=_IN_A_LANE)
        batch_op.drop_column("lane")

    _allow_kinds(*_KINDS)

    with op.batch_alter_table("text", schema=None) as batch_op:
        batch_op.drop_index("ix_text_classify_at", sqlite_where=_TO_CLASSIFY, postgresql_where=_TO_CLASSIFY)
        batch_op.drop_column("classify_at")
        batch_op.drop_column("media")

    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index("ix_task_due_at")
        batch_op.drop_column("escalated_at")
        batch_op.drop_column("reminded_at")
        batch_op.drop_column("done_by")

    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_column("connected_at")
        batch_op.drop_column("outreach_stopped_at")

    with op.batch_alter_table("consent_change", schema=None) as batch_op:
        batch_op.drop_column("words")
        batch_op.drop_column("until")
        batch_op.drop_column("channel")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_call_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_call_state_known"), sa.column("state").in_(_STATES))
        batch_op.drop_constraint(op.f("ck_call_reported_known"), type_="check")
        batch_op.drop_column("reported")
        batch_op.drop_column("placed")

    with op.batch_alter_table("placed_call", schema=None) as batch_op:
        batch_op.drop_index("uq_placed_call_open", postgresql_where=_UNDER_WAY, sqlite_where=_UNDER_WAY)
        batch_op.drop_index("ix_placed_call_placed_at")
        batch_op.drop_index("ix_placed_call_phone")
        batch_op.drop_index("ix_placed_call_of_call")
        batch_op.drop_index("ix_placed_call_call")
        batch_op.drop_index("ix_placed_call_lead_id")
        batch_op.drop_index("ix_placed_call_due_at")

    op.drop_table("placed_call")
    with op.batch_alter_table("outcome_report", schema=None) as batch_op:
        batch_op.drop_index("ix_outcome_report_call_id")

    op.drop_table("outcome_report")
    op.drop_table("enrolment_step")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_agent_id")

    op.drop_table("notice")
    with op.batch_alter_table("failed_action", schema=None) as batch_op:
        batch_op.drop_index("ix_failed_action_lead_id")
        batch_op.drop_index("ix_failed_action_due_at")

    op.drop_table("failed_action")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index("uq_enrolment_open", postgresql_where=_IN_A_CADENCE, sqlite_where=_IN_A_CADENCE)
        batch_op.drop_index("ix_enrolment_lead_id")
        batch_op.drop_index("ix_enrolment_due_at", postgresql_where=_WAITS, sqlite_where=_WAITS)
        batch_op.drop_index("ix_enrolment_call", postgresql_where=_OF_A_CALL, sqlite_where=_OF_A_CALL)

    op.drop_table("enrolment")
    op.drop_table("pace")
    op.drop_table("notice_preference")
    with op.batch_alter_table("announcement_try", schema=None) as batch_op:
        batch_op.drop_index("ix_announcement_try_item_id")
        batch_op.drop_index("ix_announcement_try_at")

    op.drop_table("announcement_try")
    op.drop_table("subscription")
    op.drop_table("do_not_contact")


def _allow_kinds(*kinds: str) -> None:
    with op.batch_alter_table("outbox_item", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_outbox_item_kind_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_outbox_item_kind_known"), sa.column("kind").in_(kinds))
