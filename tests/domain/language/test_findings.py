"""What a step found becomes part of the lead, and never replaces what the lead said itself."""

from typing import Any

import pytest

from sami.domain.assignment.worker_findings import as_said, taken_from, with_findings
from sami.domain.leads.inquiry import Inquiry

LEE = Inquiry(name="Lee", state="TX", tags=("buyer",), attributes={"budget": "high", "note": ""}, score=10,
              findings={"age": "old"})  # fmt: skip


@pytest.mark.parametrize(
    ("capability", "output", "taken"),
    [
        pytest.param("enrich", {"state": "CA", "city": "Austin"}, {"city": "Austin"}, id="only where nothing was said"),
        pytest.param("enrich", {"state": "TX"}, {}, id="the same again is nothing new"),
        pytest.param("enrich", {"name": "Ben", "phone": None, "email": None}, {}, id="who it is may only be cleaned"),
        pytest.param("validate_contact", {"name": "Lee P", "email": None}, {"name": "Lee P"}, id="by validation"),
        pytest.param("validate_contact", {"score": 90}, {}, id="which does not score"),
        pytest.param("score", {"score": 90, "name": "Ben"}, {"score": 90}, id="as only the score does"),
        pytest.param("registry", {"may_contact": False}, {"may_contact": False}, id="anybody may forbid contact"),
        pytest.param("registry", {"stage": "CLOSED", "id": 7, "source": "x"}, {}, id="nobody its stage or source"),
        pytest.param("tagger", {"tags": ("buyer", "vip", "vip")}, {"tags": ("vip",)}, id="tags are added, each once"),
        pytest.param(
            "enrich",
            {"attributes": {"budget": "low", "note": "new", "region": "South"}},
            {"attributes": {"note": "new", "region": "South"}},
            id="attributes too, and an empty one is filled",
        ),
        pytest.param(
            "enrich",
            {"findings": {"budget": "low", "line_type": "mobile"}},
            {"findings": {"budget": "low", "line_type": "mobile"}},
            id="findings beside what was said, in a place of their own",
        ),
        pytest.param("registry", {"attributes": {"age": "x"}}, {}, id="no attribute where ours found that out"),
    ],
)
def test_what_of_an_output_counts(capability: str, output: dict[str, Any], taken: dict[str, Any]) -> None:
    assert taken_from(LEE, capability, output) == taken


def test_nobody_may_permit_what_was_forbidden() -> None:
    assert taken_from(Inquiry(may_contact=False), "registry", {"may_contact": True}) == {}


def test_a_lead_with_findings_has_its_own_and_theirs() -> None:
    found = {"city": "Austin", "tags": ("vip",), "attributes": {"region": "South"}}
    lead = with_findings(LEE, found)
    assert (lead.city, lead.tags) == ("Austin", ("buyer", "vip"))
    assert lead.attributes == {"budget": "high", "note": "", "region": "South"}


def test_what_was_found_can_be_taken_out_again_unless_somebody_changed_it_since() -> None:
    outputs = [
        {"country": "US", "city": "Austin", "attributes": {"region": "South", "zones": ["a"]}},
        {"findings": {"line_type": "mobile", "name_suspect": True}},
        {"score": 10, "tags": ["vip"]},
    ]
    lead = Inquiry(
        country="US",
        city="Dallas",
        score=10,
        tags=("vip", "buyer"),
        attributes={"region": "West", "zones": ["a"]},
        findings={"line_type": "mobile", "region": "South", "phone_valid": False},
    )
    assert as_said(lead, outputs) == Inquiry(
        city="Dallas", tags=("buyer",), attributes={"region": "West"}, findings={"phone_valid": False}
    )


def test_examining_again_what_was_said_finds_the_same() -> None:
    said = Inquiry(name="Lee")
    taken = taken_from(said, "enrich", {"state": "TX", "attributes": {"region": "South"}, "tags": ("vip",)})
    assert as_said(with_findings(said, taken), [taken]) == said
