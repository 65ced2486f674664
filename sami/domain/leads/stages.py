"""Where a lead stands on its way to becoming a customer, and whether somebody answered it in time."""

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    NEW = "NEW"
    CONTACTING = "CONTACTING"
    QUALIFIED = "QUALIFIED"
    COMMITTED = "COMMITTED"
    IN_CONTRACT = "IN_CONTRACT"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"
    TRASHED = "TRASHED"


OPEN_STAGES = frozenset(set(Stage) - {Stage.CLOSED, Stage.ARCHIVED, Stage.TRASHED})
"""Stages whose leads count against an agent's cap."""

PUT_AWAY = frozenset({Stage.ARCHIVED, Stage.TRASHED})
"""Reversible: such a lead returns to CONTACTING when it calls, texts or is sent in again."""

FORWARD = (Stage.NEW, Stage.CONTACTING, Stage.QUALIFIED, Stage.COMMITTED, Stage.IN_CONTRACT, Stage.CLOSED)

# Every open stage may move to any later one, back to CONTACTING, or away.
MOVES: Mapping[Stage, frozenset[Stage]] = {
    **{
        stage: frozenset({*FORWARD[number + 1 :], Stage.CONTACTING, *PUT_AWAY}) - {stage}
        for number, stage in enumerate(FORWARD)
    },
    Stage.ARCHIVED: frozenset({Stage.CONTACTING, Stage.TRASHED}),
    Stage.TRASHED: frozenset({Stage.CONTACTING, Stage.ARCHIVED}),
}


class SlaState(StrEnum):
    """The first response of a lead: awaited, in time, too late, or no longer wanted by the lead."""

    ACTIVE = "active"
    MET = "met"
    BREACHED = "breached"
    ENDED = "ended"


def may_move(before: Stage, after: Stage) -> bool:
    return before is after or after in MOVES[before]
