"""A cadence as a flat list of steps, each knowing which one follows: branches become jumps.

Positions are those of the file read from top to bottom, both ways of a branch included, so that a version numbers its
steps the same for ever. A lead finishes the version it started.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sami.domain.organisation.document import Action, Cadence

CONTACTS = frozenset({"text_lead", "call_lead"})
CHOICES = frozenset({"stop_if", "branch"})
_CHANGES_THE_LEAD = frozenset(
    {
        *("assign_by_policy", "assign_to", "change_stage", "add_tag", "remove_tag"),
        *("cancel_cadences", "do_not_contact"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """`next` follows it; `otherwise` follows a branch whose condition does not hold."""

    position: int
    action: Action
    next: int
    otherwise: int

    @property
    def acts(self) -> bool:
        """It does something, where others wait or choose."""
        return self.action.do != "wait" and self.action.do not in CHOICES


def steps_of(cadence: Cadence) -> tuple[Step, ...]:
    end = _size(cadence.steps)
    return tuple(_compile(cadence.steps, 0, end))


def changes_the_lead(steps: tuple[Step, ...], position: int) -> bool:
    """Whether what may come next, whatever is chosen on the way, writes the lead's row."""
    return any(steps[place].action.do in _CHANGES_THE_LEAD for place in _within_reach(steps, position))


def _compile(actions: Iterable[Action], first: int, after: int) -> list[Step]:
    """These steps from position `first` on; the last of them is followed by `after`."""
    compiled: list[Step] = []
    rows = list(actions)
    for number, action in enumerate(rows):
        is_last = number == len(rows) - 1
        follower = after if is_last else first + _size([action])
        compiled += _compile_one(action, first, follower)
        first += _size([action])
    return compiled


def _compile_one(action: Action, position: int, follower: int) -> list[Step]:
    if action.do != "branch":
        return [Step(position, action, follower, follower)]
    then_at = position + 1
    else_at = then_at + _size(action.then)
    branch = Step(position, action, then_at, else_at if action.else_ else follower)
    return [branch, *_compile(action.then, then_at, follower), *_compile(action.else_, else_at, follower)]


def _size(actions: Iterable[Action]) -> int:
    return sum(1 + _size(action.then) + _size(action.else_) for action in actions)


def _within_reach(steps: tuple[Step, ...], position: int) -> set[int]:
    """The steps that act of which one may be the very next."""
    found: set[int] = set()
    ahead = [position]
    while ahead:
        place = ahead.pop()
        if place >= len(steps):
            continue
        step = steps[place]
        if step.acts:
            found.add(place)
        else:
            ahead += {step.next, step.otherwise}
    return found
