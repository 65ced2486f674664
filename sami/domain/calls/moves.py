"""What we do to a call ourselves: how it begins, who rings, and how we end it. What is heard of it is `call_flow`'s."""

from dataclasses import replace
from datetime import datetime

from sami.domain.calls.routing import Ring
from sami.domain.calls.states import CallProgress, CallState


def begin_inbound() -> CallProgress:
    return CallProgress(CallState.MENU)


def begin_placed() -> CallProgress:
    """The bot calls a lead."""
    return CallProgress(CallState.MENU, ours=True)


def begin_call_back(asked_by: str | None) -> CallProgress:
    """No caller is there: an agent is rung first."""
    return CallProgress(CallState.CALLING_BACK, asked_by=asked_by)


def want_transfer(call: CallProgress, at: datetime) -> CallProgress:
    """A transfer has one beginning."""
    return replace(call, started_at=call.started_at or at)


def forget_transfer(call: CallProgress) -> CallProgress:
    """The caller left in the greeting, before a phone rang: none began."""
    return replace(call, started_at=None)


def begin_ring(
    call: CallProgress,
    ring: Ring,
    refs: tuple[str, ...],
    at: datetime,
    ends_at: datetime,
    joins_at: datetime | None,
    queued: bool,
) -> CallProgress:
    """The call with this ring under way; its phones count as tried from now on."""
    return replace(
        _count_as_tried(want_transfer(call, at), ring),
        state=CallState.QUEUED if queued else CallState.RINGING,
        turn=call.turn + 1,
        position=ring.position,
        stage=ring.stage,
        round=refs,
        round_at=at,
        round_ends_at=ends_at,
        group_joins_at=joins_at,
        wants_message=False,
        wants_call_back=False,
    )


def join_round(call: CallProgress, ring: Ring, refs: tuple[str, ...], position: int, ends_at: datetime) -> CallProgress:
    """The group's phones ring beside the owner's, which ring on; routing goes on at this position."""
    return replace(
        _count_as_tried(leave_owner_alone(call), ring),
        position=position,
        round=call.round + refs,
        round_ends_at=max(ends_at, call.round_ends_at or ends_at),
    )


def leave_owner_alone(call: CallProgress) -> CallProgress:
    """The group is asked but once whether it joins."""
    return replace(call, group_joins_at=None)


def offer_again(call: CallProgress, refs: tuple[str, ...], at: datetime, ends_at: datetime) -> CallProgress:
    """The next agent is asked to call the lead back; whom that leaves for later, the attempts say."""
    return replace(call, turn=call.turn + 1, round=refs, round_at=at, round_ends_at=ends_at)


def give_up_legs(call: CallProgress) -> CallProgress:
    """No leg told of itself: nothing of this round is created from here on; the caller is about to leave the queue."""
    return replace(call, legs_failed=True)


def hunt_instead(call: CallProgress) -> CallProgress:
    """Legs could not be made, so nobody of this round was rung: the stage is taken again, one phone at a time."""
    unheard = len(call.round)
    return replace(
        call,
        round=(),
        legs_failed=True,
        position=max(0, call.position - 1),
        tried=call.tried[: len(call.tried) - unheard],
        rung=call.rung[: len(call.rung) - unheard],
    )


def end(call: CallProgress) -> CallProgress:
    return replace(call, state=CallState.ENDED, round=())


def _count_as_tried(call: CallProgress, ring: Ring) -> CallProgress:
    keys = tuple(candidate.agent for candidate in ring.candidates if candidate.agent)
    phones = tuple(candidate.phone for candidate in ring.candidates)
    return replace(call, tried=call.tried + keys, rung=call.rung + phones)
