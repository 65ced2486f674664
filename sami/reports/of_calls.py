"""Reports that count calls: each once, however many legs it had."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from sami.domain.reports.figures import Count, Share
from sami.domain.reports.tallies import Tally, add_up
from sami.reports.asked import Asked
from sami.store import report_calls
from sami.store.facts import Directory, read_directory

Rows = Mapping[Any, Tally]


def answers(db: Connection, asked: Asked) -> Rows:
    if asked.by not in ("agent", "team"):
        return _counted(db, asked)
    by_agent = report_calls.count_offers(db, asked.period)
    return by_agent if asked.by == "agent" else _by_team(by_agent, read_directory(db))


def waits(db: Connection, asked: Asked) -> Rows:
    period = asked.period
    return _merged(_counted(db, asked), report_calls.measure_waits(db, period, by=asked.by))


def missed(db: Connection, asked: Asked) -> Rows:
    period = asked.period
    return _merged(_counted(db, asked), report_calls.measure_follow_ups(db, period, by=asked.by))


def fallbacks(db: Connection, asked: Asked) -> Rows:
    if asked.by == "gate":
        return report_calls.count_gates_before_fallback(db, asked.period)
    return report_calls.count_fallbacks(db, asked.period)


def _counted(db: Connection, asked: Asked) -> Rows:
    period = asked.period
    return report_calls.count_calls(db, period, by=asked.by, counted=selections_of(asked), within_s=asked.within_s)


def selections_of(asked: Asked) -> list[str]:
    """What has to be counted for the figures of a report."""
    names: dict[str, None] = {}
    for figure in asked.report.figures:
        match figure:
            case Count():
                names[figure.counts or figure.name] = None
            case Share():
                names |= dict.fromkeys((figure.counts, figure.whole, *figure.less))
    return list(names)


def _by_team(by_agent: Rows, directory: Directory) -> Rows:
    return {
        key: add_up(by_agent[member] for member in team.members if member in by_agent)
        for key, team in directory.teams.items()
    }


def _merged(counted: Rows, measured: Rows) -> Rows:
    return {key: add_up((counted.get(key, _EMPTY), measured.get(key, _EMPTY))) for key in {**counted, **measured}}


_EMPTY = Tally(Counter())
OF_CALLS: Mapping[str, Callable[[Connection, Asked], Rows]] = {
    "answers": answers,
    "waits": waits,
    "missed": missed,
    "fallbacks": fallbacks,
}
