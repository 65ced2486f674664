"""docs/call.md shows every state of a call, and which of them listens to which signal, as the machine has them."""

import re
from pathlib import Path
from typing import get_args

from sami.domain.calls.listening import heard_in
from sami.domain.calls.signals import Signal
from sami.domain.calls.states import CallState

PAGE = (Path(__file__).parents[2] / "docs" / "call.md").read_text()


def test_every_state_is_told_of() -> None:
    assert [row[0] for row in _table("States")] == [f"`{state}`" for state in CallState]


def test_every_signal_is_told_of_with_the_states_that_listen() -> None:
    told = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[-1])) for row in _table("Signals")}
    heard = {
        signal.__name__: {str(state) for state in CallState if signal in heard_in(state)} for signal in get_args(Signal)
    }
    assert told == heard


def test_every_signal_has_a_listener() -> None:
    assert {signal for state in CallState for signal in heard_in(state)} == set(get_args(Signal))


def _table(heading: str) -> list[list[str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]
