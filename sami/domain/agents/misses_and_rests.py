"""What do calls do to an agent's switches? Misses in a row pause, a busy phone rests, and a talk is wrapped up."""

from dataclasses import replace
from datetime import datetime, timedelta

from sami.domain.agents.attempt_end import AttemptEnd
from sami.domain.agents.switches import Rest, Switches

BUSY_REST_S = 60
RANG_OUT_REST_S = 10
MISSES_MAX = 3
PAUSE_S = 30 * 60


def is_resting(switches: Switches, at: datetime) -> bool:
    return switches.resting_until is not None and at < switches.resting_until


def is_paused(switches: Switches, at: datetime) -> bool:
    return switches.resting_why == Rest.PAUSED and is_resting(switches, at)


def ready(switches: Switches) -> Switches:
    """Ends wrap-up, rest and pause, not an off."""
    return replace(reset_misses(switches), resting_until=None, resting_why=None)


def reset_misses(switches: Switches) -> Switches:
    """Any keyword shows that somebody holds the phone."""
    return replace(switches, misses=0)


def after_talk(switches: Switches, at: datetime, wrap_up_s: int) -> Switches:
    return _rest(switches, at, wrap_up_s, Rest.WRAP_UP) if wrap_up_s > 0 else switches


def after_attempt(switches: Switches, ended: str, at: datetime) -> tuple[Switches, bool]:
    """The switches after an attempt that ended in this word, and whether it paused the agent just now."""
    match ended:
        case AttemptEnd.ACCEPTED:
            return reset_misses(switches), False
        case AttemptEnd.BUSY:
            return _rest(switches, at, BUSY_REST_S, Rest.BUSY), False
        case AttemptEnd.RANG_OUT:
            return _miss(_rest(switches, at, RANG_OUT_REST_S, Rest.RANG_OUT), at)
        case AttemptEnd.NO_KEY:
            return _miss(switches, at)
        case _:
            return switches, False


def take_back_miss(switches: Switches, at: datetime) -> Switches:
    """One miss less; where it was the last of those that paused them, the pause is over."""
    if is_paused(switches, at):
        return replace(ready(switches), misses=MISSES_MAX - 1)
    return replace(switches, misses=max(0, switches.misses - 1))


def _rest(switches: Switches, at: datetime, seconds: int, why: Rest) -> Switches:
    """Rests do not add up: the one that ends last counts."""
    until = at + timedelta(seconds=seconds)
    if switches.resting_until is not None and switches.resting_until >= until:
        return switches
    return replace(switches, resting_until=until, resting_why=why.value)


def _miss(switches: Switches, at: datetime) -> tuple[Switches, bool]:
    if switches.misses + 1 < MISSES_MAX:
        return replace(switches, misses=switches.misses + 1), False
    # Counted anew after the pause, or the first miss afterwards would pause again.
    return _rest(reset_misses(switches), at, PAUSE_S, Rest.PAUSED), True
