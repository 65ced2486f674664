"""The same `Idempotency-Key` again: the same answer, once done; and something else under it is refused (R4)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from sami import clock
from sami.database.engine import Database
from sami.store.leads import leads, timeline
from tests.support.cast import ANA, LEE, STRANGER
from tests.support.counts import count
from tests.webhooks.api.conftest import MONDAY_10, NewProgram
from tests.webhooks.api.program import Program
from webhooks.api.door import GATE
from webhooks.api.gate import Gate

pytestmark = pytest.mark.races

BODY = {"phone": LEE, "name": "Lee", "attributes": {"a": 1, "b": 2}}
ROUNDS = count(6, 200)


def named(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def rows(database: Database, table: Any) -> list[Any]:
    with database.read() as db:
        return list(db.execute(table.select()))


def test_r04_the_same_request_again_gets_the_same_answer_and_is_done_once(program: Program, database: Database) -> None:
    first = program.post("/leads", BODY, headers=named("one"))
    with clock.use(lambda: MONDAY_10 + timedelta(hours=1)):
        again = program.post("/leads", BODY, headers=named("one"))
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [entry.kind for entry in rows(database, timeline)].count("received") == 1


def test_the_order_of_fields_makes_no_other_request(program: Program) -> None:
    program.post("/leads", BODY, headers=named("one"))
    turned = {"attributes": {"b": 2, "a": 1}, "name": "Lee", "phone": LEE}
    assert program.post("/leads", turned, headers=named("one")).headers["Idempotent-Replayed"] == "true"


def test_another_body_under_the_same_key_is_refused(program: Program, database: Database) -> None:
    program.post("/leads", BODY, headers=named("one"))
    refused = program.post("/leads", {**BODY, "phone": STRANGER}, headers=named("one"))
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(rows(database, leads)) == 1


def test_two_programs_may_choose_the_same_key(new_program: NewProgram) -> None:
    statuses = [new_program("leads:write").post("/leads", BODY, headers=named("one")).status_code for _ in range(2)]
    assert statuses == [201, 200]


def test_without_a_key_the_same_request_is_the_same_lead_again(program: Program) -> None:
    assert [program.post("/leads", BODY).status_code for _ in range(2)] == [201, 200]


def test_a_request_that_was_refused_may_be_put_right_under_its_key(program: Program) -> None:
    for wrong in ({"phone": "5"}, {"phone": ANA}):
        assert program.post("/leads", wrong, headers=named("one")).status_code == 422
    assert program.post("/leads", BODY, headers=named("one")).status_code == 201


@pytest.mark.parametrize(
    ("key", "status"),
    [
        pytest.param("x" * 255, 201, id="as long as may be"),
        pytest.param("x" * 256, 422, id="a character longer"),
        pytest.param("", 422, id="empty"),
        pytest.param("a b", 422, id="with a blank"),
        pytest.param("é", 422, id="not ASCII"),
    ],
)
def test_a_key_is_up_to_255_visible_characters(program: Program, key: str, status: int) -> None:
    answer = program.post("/leads", BODY, headers=named(key))
    assert answer.status_code == status
    if status == 422:
        assert answer.json["error"]["fields"][0]["field"] == "Idempotency-Key"


@pytest.fixture
def together(app: Flask) -> Iterator[ThreadPoolExecutor]:
    """Twins find places enough: how many at once is another test's matter."""
    app.extensions[GATE] = Gate(8)
    with ThreadPoolExecutor(4) as threads:
        yield threads


def test_r04_twins_at_the_same_instant_make_one_lead_and_hear_the_same(
    program: Program, database: Database, together: ThreadPoolExecutor
) -> None:
    for number in range(ROUNDS):
        body = {**BODY, "phone": f"+1512555{1000 + number}"}
        answers = _at_once(together, program, [body] * 4, key=f"twin-{number}")
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.data for answer in answers}) == 1
        assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == ["", *["true"] * 3]
    assert len(rows(database, leads)) == ROUNDS


def test_r07_leads_of_one_phone_at_the_same_instant_are_one_lead(
    program: Program, database: Database, together: ThreadPoolExecutor
) -> None:
    for number in range(ROUNDS):
        bodies = [{"phone": f"+1512555{1000 + number}", "name": f"Lee {twin}"} for twin in range(4)]
        answers = _at_once(together, program, bodies)
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert len({answer.json["owner"]["key"] for answer in answers}) == 1
    assert len(rows(database, leads)) == ROUNDS


def test_twins_that_say_different_things_have_one_winner(
    program: Program, database: Database, together: ThreadPoolExecutor
) -> None:
    for number in range(ROUNDS):
        bodies = [{"phone": f"+1512555{1000 + 2 * number + twin}"} for twin in range(2)]
        answers = _at_once(together, program, bodies, key=f"one-{number}")
        assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert len(rows(database, leads)) == ROUNDS


def _at_once(threads: ThreadPoolExecutor, program: Program, bodies: list[Any], key: str | None = None) -> list[Any]:
    gate = Barrier(len(bodies))
    headers = {} if key is None else named(key)

    def ask(body: Any) -> Any:
        gate.wait()
        return program.post("/leads", body, headers=headers)

    return list(threads.map(ask, bodies))
