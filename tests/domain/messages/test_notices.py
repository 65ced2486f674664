"""Quiet hours, how many are too many, and when an announcement is tried again."""

from datetime import UTC, datetime, time, timedelta

import pytest

from sami.domain.delivery.answers import Lost, Refused, TryLater, Unreached
from sami.domain.delivery.kinds import ANNOUNCED_AGAIN_S, Kind
from sami.domain.delivery.retry import GivenUp, Sending, TryAgain, decide, gives_up_at
from sami.domain.messages.notices import Quiet, held_until, quiet_until

CHICAGO, LORD_HOWE = "America/Chicago", "Australia/Lord_Howe"
NIGHT, NOON_REST = Quiet(time(22), time(7)), Quiet(time(12), time(13, 30))
AT = datetime(2026, 3, 3, 18, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("quiet", "zone", "at", "until"),
    [
        pytest.param(None, CHICAGO, AT, None, id="none set"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 4, 3, 59, 59), None, id="a second before"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 4, 4), utc(2026, 3, 4, 13), id="as they begin, before midnight"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 4, 8), utc(2026, 3, 4, 13), id="after midnight"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 4, 12, 59, 59), utc(2026, 3, 4, 13), id="a second left"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 4, 13), None, id="as they end"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 3, 8, 5), utc(2026, 3, 8, 12), id="the night that has an hour less"),
        pytest.param(NIGHT, CHICAGO, utc(2026, 11, 1, 4), utc(2026, 11, 1, 13), id="the night that has an hour more"),
        pytest.param(NOON_REST, CHICAGO, AT, utc(2026, 3, 3, 19, 30), id="within one day"),
        pytest.param(
            Quiet(time(22), time(2, 30)), CHICAGO, utc(2026, 3, 8, 7), utc(2026, 3, 8, 8), id="an end that is skipped"
        ),
        pytest.param(
            Quiet(time(22), time(1, 30)), CHICAGO, utc(2026, 11, 1, 6, 10), utc(2026, 11, 1, 6, 30), id="the first 1:10"
        ),
        pytest.param(Quiet(time(22), time(1, 30)), CHICAGO, utc(2026, 11, 1, 7, 10), None, id="the second 1:10"),
        pytest.param(
            Quiet(time(22), time(7)), LORD_HOWE, utc(2026, 4, 4, 14), utc(2026, 4, 4, 20, 30), id="half an hour back"
        ),
    ],
)
def test_r11_quiet_hours_end_when_the_clock_there_says_so(
    quiet: Quiet | None, zone: str, at: datetime, until: datetime | None
) -> None:
    assert quiet_until(quiet, zone, at) == until


@pytest.mark.parametrize(
    ("minutes_ago", "left"),
    [
        pytest.param([1, 2, 3, 4], None, id="four are not too many"),
        pytest.param([1, 2, 3, 4, 9], 1, id="five are"),
        pytest.param([1, 2, 3, 4, 10], None, id="ten minutes are over"),
        pytest.param([1, 1, 1, 1, 2, 9], 8, id="the latest five count"),
    ],
)
def test_the_sixth_waits_until_the_first_of_five_is_ten_minutes_old(minutes_ago: list[int], left: int | None) -> None:
    sent = [AT - timedelta(minutes=ago) for ago in minutes_ago]
    assert held_until(sent, AT) == (None if left is None else AT + timedelta(minutes=left))


def announcing(tries: int, key: str = "a") -> Sending:
    return Sending(Kind.ANNOUNCEMENT, tries, AT, gives_up_at(Kind.ANNOUNCEMENT, AT), key)


def delay_s(decision: object) -> float:
    assert isinstance(decision, TryAgain)
    return (decision.at - AT).total_seconds()


@pytest.mark.parametrize("answer", [Lost("x"), Unreached("x"), TryLater("x")])
def test_an_announcement_may_always_be_repeated_later_and_later(answer: Lost | Unreached | TryLater) -> None:
    delays = [delay_s(decide(answer, announcing(tries))) for tries in range(1, 10)]
    assert all(plan <= delay <= plan * 1.1 for plan, delay in zip(ANNOUNCED_AGAIN_S, delays, strict=True))
    assert isinstance(decide(answer, announcing(10)), GivenUp)


def test_what_failed_together_is_not_tried_together_and_the_same_is_always_tried_then() -> None:
    instants = {delay_s(decide(Lost("x"), announcing(9, key))) for key in map(str, range(50))}
    assert len(instants) > 40
    assert decide(Lost("x"), announcing(9)) == decide(Lost("x"), announcing(9))


def test_who_asks_for_time_gets_it_and_who_says_never_is_asked_no_more() -> None:
    assert delay_s(decide(TryLater("answered 429", 4_000), announcing(1))) == 4_000
    assert isinstance(decide(Refused(0, 410, "gone"), announcing(1)), GivenUp)
