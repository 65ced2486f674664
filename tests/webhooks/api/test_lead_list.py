"""Leads are listed by what is asked for, at both doors."""

import json

from sami import clock
from tests.webhooks.api.conftest import MONDAY_10, Sami
from tests.webhooks.api.program import Program


def test_leads_are_found_by_what_is_asked_for(program: Program, sami: Sami) -> None:
    """One business for a table, and for what cannot be asked."""
    for phone, more in {
        "+15125550201": {"name": "Maria Ortiz", "email": "maria@example.com", "source": "Zillow", "tags": ["Spanish"]},
        "+15125550202": {"name": "Lee 100% Oak", "source": "web", "tags": ["buyer", "spanish"]},
        "+15125550203": {"name": "Lee Park", "source": "zillow"},
    }.items():
        assert program.post("/leads", {"phone": phone, **more}).status_code == 201
    program.put("/leads/3/owner", {"agent": "ben", "reason": "knows them"})
    program.patch("/leads/3", {"stage": "QUALIFIED"})
    owner = program.get("/leads/1").json["owner"]["key"]
    others = [number for number in (1, 2, 3) if program.get(f"/leads/{number}").json["owner"]["key"] == owner]
    table = [
        ("", [1, 2, 3]),
        ("source=ZILLOW", [1, 3]),
        ("tag=spanish", [1, 2]),
        ("tag=spanish&source=web", [2]),
        ("stage=QUALIFIED", [3]),
        (f"owner={owner}", others),
        ("owner=pond", []),
        ("q=lee", [2, 3]),
        ("q=100%25", [2]),
        ("q=%25", [2]),
        ("q=MARIA@", [1]),
        ("q=555-0203", [3]),
        ("q=nobody", []),
        ("from=2026-11-16T16:00:00Z", [1, 2, 3]),
        ("from=2026-11-16T16:00:01Z", []),
        ("to=2026-11-16T16:00:00Z", []),
    ]
    for query, expected in table:
        assert [lead["id"] for lead in program.get(f"/leads?{query}").json] == expected, query
    page = program.get("/leads?source=zillow&limit=1")
    assert 'source=zillow&limit=1&cursor=1>; rel="next"' in page.headers["Link"]
    assert program.get("/leads?owner=nobody").json["error"]["code"] == "agent_unknown"
    assert program.get("/leads?phone=%2B15125550201&stage=NEW").json["error"]["code"] == "invalid_fields"
    assert program.get("/leads?stage=HAPPY").status_code == 422
    with clock.use(lambda: MONDAY_10):
        listed = json.loads(sami("leads", "--search", "park", "--json").stdout)["leads"]
        assert listed == program.get("/leads?q=park").json
        assert "--after 1" in sami("leads", "--limit", "1").stdout
