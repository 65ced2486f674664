"""The local day, week or hour of the week of an instant, as a number: so that SQL can group by it."""

from itertools import pairwise

from sqlalchemy import ColumnElement, Integer, case, cast, literal, literal_column

from sami.database.column_types import UtcDateTime
from sami.database.sql_time import seconds_since_1970
from sami.domain.reports.period import DAY_S, EPOCH_WEEKDAY, HOUR_S, WEEK_HOURS, Period


def local_number(at: ColumnElement[object], by: str, period: Period) -> ColumnElement[int]:
    """Days and weeks are counted from 1970; hours are those of a week, from its Monday on."""
    first, *later = period.offsets
    offset: ColumnElement[int] = literal_column(str(first[1]))
    if later:
        changes = [
            (at < literal(since, UtcDateTime()), offset_s) for (_, offset_s), (since, _) in pairwise(period.offsets)
        ]
        offset = case(*changes, else_=later[-1][1])
    local = seconds_since_1970(at) + offset
    match by:
        case "hour":
            number = (local // _number(HOUR_S) + _number(24 * EPOCH_WEEKDAY)) % _number(WEEK_HOURS)
        case "week":
            number = (local // _number(DAY_S) + _number(EPOCH_WEEKDAY)) // _number(7)
        case _:
            number = local // _number(DAY_S)
    return cast(number, Integer)


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer())
