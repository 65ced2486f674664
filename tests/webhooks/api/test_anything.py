"""What nobody would think of asking: requests made from the description, right and wrong, get a described answer."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sami.database.engine import Database
from sami.domain.calls.moves import begin_inbound, end
from sami.domain.calls.stored import write_progress
from sami.store.calls import insert_call
from tests.support.cast import LEE, LINE
from tests.support.counts import count
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program
from webhooks.api.links import LINKS

EXAMPLES = count(3, 200)
REAL = {"id": 1, "key": "ana", "call_sid": "CA1", "phone": LINE, "name": "autumn", "number": 1}
"""What is there, so that not every request ends at an unknown row."""


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


BEYOND_A_SCHEMA = (
    *(
        "is not a phone number",
        "is nobody",
        "is no lead",
        "is no prefix",
        "is not a line of ours",
        "is no length of time",
    ),
    *("is past or too far away", "is after now", "is before the lead came in", "has an end, but only an off has one"),
    "is the same time as from",
    *("agent is missing", "names one lead and a filter", "names nobody", "and so is email", "is not a whole number"),
)
"""What is only known by looking: at what there is, the clock, the key, two parameters, a text of blanks, and 1.0."""
MALFORMED = ("invalid_json", "invalid_fields", "unsupported_media_type")


def well_formed_is_not_malformed(case: Any, response: Any) -> None:
    """No schema is laxer than the product: what it lets pass is never refused for how it is written."""
    error = response.json()["error"] if response.status_code in (400, 415, 422) else {"code": "", "fields": []}
    if error["code"] in MALFORMED:
        wrong = [
            fault
            for fault in error["fields"]
            if not any(known in f"{fault['field']} {fault['wrong']}" for known in BEYOND_A_SCHEMA)
        ]
        assert (error["code"], wrong) == ("invalid_fields", []), f"{case.method} {case.path}: {case.body!r}"


@pytest.fixture
def described(app: Flask, program: Program, database: Database) -> Any:
    program.post("/leads", {"phone": LEE})
    call = {"sid": "CA1", "line": LINE, "caller": LEE, "lead_id": 1, "state": "ended", "arrived_at": MONDAY_10}
    with database.begin() as db:
        insert_call(db, **call, progress=write_progress(end(begin_inbound())), version=1, ended_at=MONDAY_10)
    program.put("/policy/drafts/autumn", {"default": {"pond": True}})
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app)


STEPS = 20
SCENARIOS = count(6, 250)
"""Of so many steps each: 120 cases on every change, 5,000 at night."""


@pytest.mark.timeout(count(240, 7_200))
def test_s20_what_follows_from_an_answer_breaks_nothing_either(described: Any, program: Program) -> None:
    """By the links of the description: what was made is read, changed, undone and taken away, in any order."""
    asked: list[str] = []

    class Following(described.as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            asked.append(case.operation.definition.raw["operationId"])
            return {"headers": program.headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            case.validate_response(response, checks=CHECKS, headers=program.headers)

    run_state_machine_as_test(
        Following,
        settings=settings(
            max_examples=SCENARIOS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
    assert len(asked) >= SCENARIOS * STEPS / 2
    assert set(LINKS) & set(asked), "nothing was followed"


@pytest.mark.timeout(count(300, 3_600))
def test_s20_nothing_that_can_be_asked_breaks_anything(described: Any, program: Program) -> None:
    """Every answer is one of those described; none is a fault of ours."""
    for found in described.get_all_operations():
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            _ask_anything(found.ok(), mode, program.headers)


def _ask_anything(operation: Any, mode: GenerationMode, headers: dict[str, str]) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), is_there=st.booleans())
    def ask(case: Any, is_there: bool) -> None:
        if is_there:
            case.path_parameters |= {name: REAL[name] for name in case.path_parameters if name in REAL}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)
        if mode is GenerationMode.POSITIVE:
            well_formed_is_not_malformed(case, response)

    ask()
