"""Callers are blocked and let in again by a program."""

from tests.support.cast import ANA, LINE
from tests.webhooks.api.conftest import NewProgram
from tests.webhooks.api.program import Program

NUISANCE = "+15125550666"


def test_a_caller_is_blocked_listed_and_let_in_again(program: Program) -> None:
    assert program.get("/blocked").json == []
    row = {"phone": NUISANCE, "why": "calls hourly", "until": "2027-01-31"}
    stands = {**row, "prefix": None, "withheld_on": None}
    assert program.post("/blocked", row).json == stands
    assert program.post("/blocked", row).json == stands, "the same again changes nothing"
    withheld = {"phone": None, "prefix": None, "withheld_on": LINE, "why": "", "until": None}
    assert program.post("/blocked", {"withheld_on": LINE}).json == withheld
    assert program.get("/blocked").json == [stands, withheld]
    assert program.ask("DELETE", f"/blocked?phone=%2B{NUISANCE[1:]}").json == [withheld]
    assert program.ask("DELETE", f"/blocked?phone=%2B{NUISANCE[1:]}").status_code == 404


def test_what_cannot_be_blocked_is_refused_with_its_field(program: Program) -> None:
    refused = program.post("/blocked", {"phone": ANA})
    assert refused.status_code == 422
    assert refused.json["error"]["fields"][0]["field"] == "phone"
    assert program.post("/blocked", {"prefix": "+1512"}).status_code == 422
    assert program.post("/blocked", {"why": "?"}).status_code == 422
    assert program.ask("DELETE", "/blocked").status_code == 422
    assert program.get("/blocked").json == []


def test_s13_blocking_wants_the_scope_of_calls(new_program: NewProgram) -> None:
    reader, writer = new_program("calls:read"), new_program("calls:write")
    assert reader.post("/blocked", {"phone": NUISANCE}).status_code == 403
    assert writer.get("/blocked").status_code == 403
    assert writer.post("/blocked", {"phone": NUISANCE}).status_code == 200
    assert len(reader.get("/blocked").json) == 1
