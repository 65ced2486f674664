"""What was to be said outside is listed with what became of it, and never with what it said."""

from sami.apply import apply
from sami.database.engine import Database
from sami.domain.language.phone import E164
from sami.domain.outcomes.effects import PostToSlack, SendText
from sami.store.work import outbox_items
from tests.support.cast import LEE, LINE
from tests.webhooks.api.conftest import MONDAY_10
from tests.webhooks.api.program import Program

SAID = "Your pin is 4711"


def test_deliveries_are_listed_by_kind_and_state_newest_first(program: Program, database: Database) -> None:
    texts = [SendText(E164(LEE), E164(LINE), SAID, f"text/{number}") for number in range(3)]
    with database.begin() as db:
        apply(db, [*texts, PostToSlack(SAID, "slack/1")], MONDAY_10)
        failed = outbox_items.c.dedupe_key == "text/1"
        db.execute(outbox_items.update().where(failed).values(state="failed", error="21610 unsubscribed", tries=1))
    table = {
        "": ["slack/1", "text/2", "text/1", "text/0"],
        "kind=text": ["text/2", "text/1", "text/0"],
        "state=failed": ["text/1"],
        "kind=slack&state=failed": [],
        "kind=text&state=pending": ["text/2", "text/0"],
    }
    for query, expected in table.items():
        listed = program.get(f"/deliveries?{query}")
        assert [item["about"] for item in listed.json] == expected, query
        assert SAID not in listed.text
    [failed_text] = program.get("/deliveries?state=failed").json
    assert {"to": LEE, "tries": 1, "error": "21610 unsubscribed", "sent_at": None}.items() <= failed_text.items()
    page = program.get("/deliveries?kind=text&limit=2")
    path = page.headers["Link"].partition("<")[2].partition(">")[0]
    assert [item["about"] for item in program.get(path).json] == ["text/0"]
    assert program.get("/deliveries?kind=pigeon").status_code == 422
