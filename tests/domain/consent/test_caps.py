"""Caps on what we say by ourselves to people outside: the narrowest is asked first, windows are those of the clock."""

from datetime import UTC, datetime

from sami.domain.consent.caps import Per, Spent, caps_on, first_reached
from sami.domain.language.phone import E164
from sami.settings.sections import LimitsSettings
from tests.support.cast import LEE, LINE

NOW = datetime(2026, 11, 16, 16, 42, 7, tzinfo=UTC)
CAPS = caps_on(Spent.TEXTS, phone=E164(LEE), line=E164(LINE), home="US", limits=LimitsSettings())


def test_windows_begin_and_end_with_the_hour_and_the_day() -> None:
    assert Per.HOUR.begins_at(NOW) == datetime(2026, 11, 16, 16, tzinfo=UTC)
    assert Per.HOUR.ends_at(NOW) == datetime(2026, 11, 16, 17, tzinfo=UTC)
    assert Per.DAY.begins_at(NOW) == datetime(2026, 11, 16, tzinfo=UTC)
    assert Per.DAY.ends_at(NOW) == datetime(2026, 11, 17, tzinfo=UTC)


def test_s25_there_is_a_cap_on_phone_line_country_and_all_for_texts_and_calls() -> None:
    for spent in Spent:
        caps = caps_on(spent, phone=E164(LEE), line=E164(LINE), home="US", limits=LimitsSettings())
        asked = {(cap.of, cap.per) for cap in caps}
        every = {(of, per) for of in ("phone", "line", "country", "all") for per in Per}
        assert every - asked == ({("phone", Per.DAY)} if spent is Spent.CALLS else set())  # bot_calls_per_lead_per_day


def test_a_phone_of_a_new_area_code_counts_for_the_organisations_country() -> None:
    caps = caps_on(Spent.TEXTS, phone=E164("+16212340142"), line=E164(LINE), home="US", limits=LimitsSettings())
    assert "texts/hour/country/US" in {cap.name for cap in caps}


def test_the_narrowest_cap_that_is_reached_is_told() -> None:
    assert first_reached(CAPS, {}) is None
    everything = {cap.name: cap.most for cap in CAPS}
    reached = first_reached(CAPS, everything)
    assert reached is not None
    assert reached.why == "6 texts within an hour to the phone ending 0142 are as many as [limits] permits"
    most_of_all = {cap.name: cap.most for cap in CAPS if cap.of == "all"}
    reached = first_reached(CAPS, most_of_all)
    assert reached is not None
    assert reached.why == "1200 texts within an hour are as many as [limits] permits"
    assert first_reached(CAPS, {cap.name: cap.most - 1 for cap in CAPS}) is None
