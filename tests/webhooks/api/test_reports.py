"""Reports count calls once, say what they count, and lead to exactly that."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from sami.database.engine import Database
from sami.domain.reports.catalogue import REPORTS
from sami.store.people import agents
from tests.support.cast import LINE, STAFF_LINE
from tests.support.happened import a_call, a_follow_up, a_lead, a_ring
from tests.webhooks.api.conftest import MONDAY_10, NewProgram, Sami
from tests.webhooks.api.program import Program

HOUR = timedelta(hours=1)
LAST_WEEK = MONDAY_10 - timedelta(days=7)


@pytest.fixture
def happened(app: Flask, database: Database) -> dict[str, int]:
    """Seven calls of today: three answered, one by a fallback; four missed, of whom three left. One more is ours."""
    with database.begin() as db:
        ids = {row.key: row.id for row in db.execute(agents.select())}
        at = MONDAY_10 - 2 * HOUR
        for waited in (4, 30):
            call = a_call(db, at, waited=waited, accepted_by=f"by ana {waited}")
            a_ring(db, call.id, at, "accepted", agent_id=ids["ana"], ref=f"by ana {waited}")
        call = a_call(db, at, waited=60, line=STAFF_LINE, accepted_by="by desk")
        a_ring(db, call.id, at, "rang_out", agent_id=ids["ana"])
        a_ring(db, call.id, at, "lost_race", agent_id=ids["ben"])
        a_ring(db, call.id, at, "error", agent_id=ids["ben"])
        a_ring(db, call.id, at, "accepted", agent_id=None, ref="by desk", phone="+15125550190", name="Front desk")
        a_call(db, at, left_after=3)
        a_call(db, at, left_after=6)
        back = a_call(db, at, left_after=40)
        a_follow_up(db, back.sid, at + timedelta(minutes=5), done_after_s=600)
        still = a_call(db, at)
        a_follow_up(db, still.sid, at, done_after_s=None)
        a_call(db, at, waited=1, placed="ours")
        a_call(db, at, blocked="spam", transfer_at=None, outcome=None)
        a_call(db, LAST_WEEK, waited=2)
    return ids


def read(program: Program, name: str, **query: Any) -> dict[str, Any]:
    asked = {"from": (MONDAY_10 - 6 * HOUR).isoformat(), "to": MONDAY_10.isoformat(), **query}
    answer = program.get(f"/api/v1/reports/{name}", query_string=asked)
    assert answer.status_code == 200, answer.text
    return answer.json


def values(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure["value"] for name, figure in figures.items()}


def test_calls_are_counted_once_and_only_those_in_which_a_person_was_wanted(
    program: Program, happened: dict[str, int]
) -> None:
    totals = values(read(program, "answers")["totals"])
    assert totals == {
        **{"offered": 7, "answered": 3, "answer_rate": 0.4286, "through_fallback": 0.3333},
        **{"abandoned": 3, "call_back_chosen": 0},
    }


def test_waits_count_from_wanting_a_person_and_leave_short_abandons_out(
    program: Program, happened: dict[str, int]
) -> None:
    totals = read(program, "waits", within="30")["totals"]
    assert values(totals) == {
        **{"offered": 7, "asa_mean_s": 31.3, "asa_median_s": 30, "asa_p90_s": 60, "abandoned": 3},
        **{"short_abandoned": 1, "abandonment": 0.3333, "service_level": 0.3333},
    }
    assert (totals["abandonment"]["part"], totals["abandonment"]["of"]) == (2, 6)


def test_an_agent_answers_for_offers_less_lost_races_and_faults_of_ours(
    program: Program, happened: dict[str, int]
) -> None:
    rows = {row["key"]: values(row["figures"]) for row in read(program, "answers", by="agent")["rows"]}
    assert rows["ana"] == {"offers": 3, "accepted": 2, "lost_races": 0, "our_faults": 0, "acceptance_rate": 0.6667}
    assert rows["ben"] == {"offers": 2, "accepted": 0, "lost_races": 1, "our_faults": 1, "acceptance_rate": None}
    (team,) = read(program, "answers", by="team")["rows"]
    assert values(team["figures"])["offers"] == 5


def test_few_cases_stand_with_their_interval(program: Program, happened: dict[str, int]) -> None:
    rate = read(program, "answers")["totals"]["answer_rate"]
    assert (rate["part"], rate["of"], rate["few"]) == (3, 7, True)
    assert 0.15 < rate["low"] < rate["value"] < rate["high"] < 0.76


def test_the_period_before_stands_beside_it(program: Program, happened: dict[str, int]) -> None:
    report = read(program, "answers", **{"from": (MONDAY_10 - timedelta(days=4)).isoformat()})
    assert values(report["before"]["totals"])["answered"] == 1
    assert report["before"]["to"] == report["period"]["from"]


def test_missed_callers_are_followed_to_being_called_back(program: Program, happened: dict[str, int]) -> None:
    totals = read(program, "missed")["totals"]
    assert values(totals) == {"missed": 4, "called_back": 0.25, "median_s": 855, "open": 1, "answered_by_text": 0}


def test_fallbacks_are_told_by_number(program: Program, happened: dict[str, int]) -> None:
    (row,) = read(program, "fallbacks")["rows"]
    assert row["key"] == "+15125550190 Front desk"
    assert values(row["figures"]) == {"reached": 1, "answered": 1, "answer_rate": 1.0}


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("line", {LINE, STAFF_LINE}),
        ("bot", {"main"}),
        ("day", {"2026-11-16"}),
        ("hour", {"Mo 08"}),
        ("source", {""}),
    ],
)
def test_calls_are_split_on_the_organisations_clock(
    program: Program, happened: dict[str, int], by: str, keys: set[str]
) -> None:
    report = read(program, "answers", by=by)
    assert {row["key"] for row in report["rows"]} == keys
    assert sum(row["figures"]["offered"]["value"] for row in report["rows"]) == report["totals"]["offered"]["value"]


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_each_figure_leads_to_exactly_what_it_counts(
    program: Program, happened: dict[str, int], app: Flask, database: Database, name: str
) -> None:
    with database.begin() as db:
        a_lead(db, MONDAY_10 - HOUR, owner_id=happened["ana"], owned_after_s=90, sla_state="breached", segment="luxury")
        a_lead(db, MONDAY_10 - HOUR, stage="CLOSED", sla_state="met")
    for by in (None, *REPORTS[name].by):
        report = read(program, name, **({} if by is None else {"by": by}))
        for figures in (report["totals"], *(row["figures"] for row in report["rows"])):
            for figure, shown in figures.items():
                link = shown.get("calls") or shown.get("leads")
                if link is not None:
                    listed = program.get(f"{link}&limit=200")
                    assert listed.status_code == 200, listed.text
                    counted = (
                        shown["part"]
                        if shown.get("part") is not None
                        else shown["of"]
                        if figure.endswith("_s")
                        else shown["value"]
                    )
                    assert len(listed.json) == counted, (figure, by, link)


def test_leads_are_measured_from_intake(program: Program, happened: dict[str, int], database: Database) -> None:
    with database.begin() as db:
        lead = a_lead(db, MONDAY_10 - 3 * HOUR, owner_id=happened["ana"], owned_after_s=0.4)
        a_lead(db, MONDAY_10 - 3 * HOUR, owner_id=happened["ana"], owned_after_s=90)
        a_lead(db, MONDAY_10 - 3 * HOUR)
        a_call(db, MONDAY_10 - 3 * HOUR + timedelta(seconds=60), waited=35, lead_id=lead)
    speed = values(read(program, "speed_to_lead")["totals"])
    assert (speed["came"], speed["median_s"], speed["within_5_min"]) == (3, 100, 0.3333)
    owned = values(read(program, "assignment")["totals"])
    assert (owned["p50_s"], owned["p95_s"], owned["not_within_a_second"], owned["unowned"]) == (0, 90, 0.6667, 1)


def test_coverage_knows_when_nobody_is_there(program: Program, app: Flask, sami: Sami) -> None:
    """Ana is there from nine to six; the others have no hours, and are away for a day in the end."""
    day = {"from": "2026-11-16T06:00:00Z", "to": "2026-11-17T06:00:00Z"}
    (row,) = read(program, "coverage", **day)["rows"]
    figures = values(row["figures"])
    assert figures["open_min"] == 24 * 60
    assert figures["none_min"] == 0
    assert figures["two_min"] >= 9 * 60
    gone = '[{from = "2026-11-16", to = "2026-11-16"}]'
    for key in ("ben", "cy", "olive"):
        assert sami("set", f"agents.{key}.out_of_office", gone).exit_code == 0
    report = read(program, "coverage", **day)
    figures = values(report["rows"][0]["figures"])
    assert figures["none_min"] == 15 * 60
    assert report["gaps"][0]["from"] == "2026-11-16T06:00:00.000Z"


def test_days_and_hours_are_those_of_the_zone_across_a_clock_set_back(
    program: Program, app: Flask, database: Database
) -> None:
    """On the first of November Chicago's clock goes back; Kolkata's is half an hour off."""
    with database.begin() as db:
        a_call(db, datetime(2026, 11, 1, 4, 59, tzinfo=UTC), waited=1)
        a_call(db, datetime(2026, 11, 2, 5, 59, tzinfo=UTC), waited=1)
        a_call(db, datetime(2026, 11, 2, 6, 0, tzinfo=UTC), waited=1)
    asked = {"from": "2026-10-20T00:00:00Z", "to": "2026-11-10T00:00:00Z"}

    def rows(**query: str) -> dict[str, float]:
        found = read(program, "waits", **asked, **query)["rows"]
        return {
            row["key"]: row["figures"]["answered" if "answered" in row["figures"] else "offered"]["value"]
            for row in found
        }

    assert rows(by="day") == {"2026-10-31": 1, "2026-11-01": 1, "2026-11-02": 1}
    assert rows(by="hour") == {"Mo 00": 1, "Sa 23": 1, "Su 23": 1}
    assert rows(by="hour", zone="Asia/Kolkata") == {"Mo 11": 2, "Su 10": 1}


def test_a_report_is_a_spreadsheet_for_who_accepts_one(program: Program, happened: dict[str, int]) -> None:
    answer = program.get("/api/v1/reports/answers", query_string={"by": "line"}, headers={"Accept": "text/csv"})
    assert answer.mimetype == "text/csv"
    told, header, *rows = list(csv.reader(io.StringIO(answer.text)))
    assert told == ["# answers; 2026-10-17T16:00:00.000Z to 2026-11-16T16:00:00.000Z; America/Chicago; by line"]
    assert header[:4] == ["line", "offered", "answered", "answer_rate"]
    assert rows[0][0] == f"'{LINE}", "a plus would begin a formula"
    assert rows[-1][0] == "total"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nothing", 404, "report_unknown"),
        ("waits?by=agent", 422, "split_unknown"),
        ("waits?by=colour", 422, "invalid_fields"),
        ("waits?zone=Mars/Olympus", 422, "invalid_fields"),
        ("waits?from=2026-11-16T00:00:00Z&to=2026-11-15T00:00:00Z", 422, "invalid_fields"),
        ("waits?from=2020-01-01T00:00:00Z", 422, "invalid_fields"),
        ("waits?colour=red", 422, "invalid_fields"),
    ],
)
def test_what_no_report_can_answer_is_refused(program: Program, path: str, status: int, code: str) -> None:
    answer = program.get(f"/api/v1/reports/{path}")
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)


def test_a_report_needs_its_scope(new_program: NewProgram) -> None:
    assert new_program("calls:read").get("/api/v1/reports/answers").status_code == 403
    assert new_program("reports:read").get("/api/v1/reports/answers").status_code == 200


def test_the_command_tells_the_same_figures(sami: Sami, happened: dict[str, int]) -> None:
    told = sami("report", "answers", "--by", "line")
    assert told.exit_code == 0, told.output
    assert "38%" in told.output or "(" in told.output
    assert "offered: Calls to our lines" in told.output
    assert sami("report", "answers", "--csv").output.startswith("# answers")
