"""`sami reassign` at the shell: one lead, many with a preview, undone, carried on, given back."""

import re
from collections import Counter
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sami import clock
from sami.database.engine import Database
from sami.domain.assignment.batches import LeadFilter
from sami.domain.language.actor import person
from sami.leads.bulk import carry_on, plan_bulk
from sami.leads.bulk_undo import undo_part
from sami.leads.refusals import AgentUnknown, BatchUndone, ReasonRequired
from sami.store.access import lead_batches
from tests.support.leading import Business, team
from webhooks.cli import commands
from webhooks.commands.shared import system_user


@pytest.fixture
def business(database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Business:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    monkeypatch.setattr(system_user.getpass, "getuser", lambda: "root")
    absence = {"from": date(2026, 11, 10), "to": date(2026, 11, 12), "cover": "ben"}
    return Business(database, team(cy={"out_of_office": [absence]}))


def sami(business: Business, *arguments: Any, answer: str = "") -> Result:
    with clock.use(lambda: business.now):
        return CliRunner().invoke(commands, ["reassign", *map(str, arguments)], input=answer, terminal_width=80)


def batch_in(told: Result) -> str:
    found = re.search(r"This is batch (\w+);", told.stdout)
    assert found is not None, told.output
    return found[1]


def test_one_lead_goes_by_its_number_or_its_phone(business: Business) -> None:
    lead = business.lead("ana")
    told = sami(business, lead, "--to", "ben", "--reason", "on leave")
    assert (told.exit_code, told.stdout) == (0, f"Lead {lead} went from ana to ben.\n")
    assert business.history(lead)[-1] == ("ana", "ben", "on leave", "root")
    phone = business.find(lead).phone.removeprefix("+1")
    assert sami(business, f"({phone[:3]}) {phone[3:]}", "--to", "ben", "--reason", "x").stdout == (
        f"Lead {lead} is ben's already.\n"
    )
    assert len(business.texts_to("ben")) == 1
    sami(business, lead, "--to", "cy", "--reason", "x", "--silent")
    assert business.texts_to("cy") == []


def test_many_are_previewed_asked_about_moved_and_taken_back(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(10)]
    many = ("--owner", "ana", "--split", "ben=60,dee=40", "--reason", "Ana leaves")
    preview = sami(business, *many, "--dry-run")
    assert [line.split() for line in preview.stdout.splitlines()[:3]] == [
        ["From", "To", "Leads"],
        ["ana", "ben", "6"],
        ["ana", "dee", "4"],
    ]
    assert "10 leads found (10 NEW); 10 to move." in preview.stdout
    assert "Nothing was moved: this was a dry run." in preview.stdout
    refused = sami(business, *many, answer="n\n")
    assert (refused.exit_code, business.rows(lead_batches)) == (1, [])
    moved = sami(business, *many, answer="y\n")
    assert moved.exit_code == 0
    assert "10 leads moved." in moved.stdout
    assert Counter(business.owners(leads)) == {"ben": 6, "dee": 4}
    ref = batch_in(moved)
    undone = sami(business, "--undo", ref)
    assert undone.stdout == f"Batch {ref} is undone: 10 leads given back.\n"
    assert set(business.owners(leads)) == {"ana"}
    twice = sami(business, "--undo", ref)
    assert (twice.exit_code, type(twice.exception)) == (1, BatchUndone)
    business.expect_true_books()


def test_what_was_moved_since_is_named(business: Business) -> None:
    lead = business.lead("ana")
    ref = batch_in(sami(business, "--owner", "ana", "--to", "ben", "--reason", "x", "--yes"))
    sami(business, lead, "--to", "cy", "--reason", "asked for")
    assert sami(business, "--undo", ref).stdout.splitlines() == [
        f"Lead {lead} was left alone: changed hands since.",
        f"Batch {ref} is undone: 0 leads given back.",
    ]


def test_days_are_the_organisations_own(business: Business) -> None:
    """The business begins at 10:00 in Chicago on November 16."""
    lead = business.lead("ana")
    asked = ("--to", "ben", "--reason", "x", "--dry-run")
    found = {
        days: "1 to move" in sami(business, *days, *asked).stdout
        for days in (
            ("--created-after", "2026-11-16"),
            ("--created-after", "2026-11-17"),
            ("--created-before", "2026-11-16"),
            ("--created-before", "2026-11-15"),
        )
    }
    assert list(found.values()) == [True, False, True, False]
    assert business.owner(lead) == "ana"


def test_an_interrupted_batch_is_carried_on(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(3)]
    asked = {"reason": "x", "by": person("olive"), "now": business.now}
    ref = business.do(lambda db: plan_bulk(db, filter=LeadFilter(owner="ana"), split={"ben": 1}, **asked))
    business.do(lambda db: carry_on(db, ref, now=business.now, limit=1))
    told = sami(business, "--resume", ref)
    assert "3 leads moved." in told.stdout
    assert set(business.owners(leads)) == {"ben"}


def test_an_interrupted_undo_is_carried_on(business: Business) -> None:
    leads = [business.lead("ana") for _ in range(3)]
    ref = batch_in(sami(business, "--owner", "ana", "--to", "ben", "--reason", "x", "--yes"))
    business.do(lambda db: undo_part(db, ref, by=person("olive"), now=business.now, begin=True, limit=1))
    assert "3 leads given back" in sami(business, "--undo", ref).stdout
    assert set(business.owners(leads)) == {"ana"}


def test_nothing_is_given_back_where_nothing_was_given(business: Business) -> None:
    told = sami(business, "--give-back", "cy")
    assert told.exit_code == 0
    assert told.stdout.splitlines() == [
        "0 leads that ben was given for cy (2026-11-10 to 2026-11-12) and still has open.",
        "Nothing to move.",
    ]
    assert business.rows(lead_batches) == []


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param((), 2, id="nothing named"),
        pytest.param((1, "--owner", "ana", "--to", "ben"), 2, id="a lead and a filter"),
        pytest.param((1,), 2, id="to nobody"),
        pytest.param(("--owner", "ana", "--to", "ben", "--split", "ben=1"), 2, id="to two things"),
        pytest.param(("--owner", "ana", "--split", "ben"), 2, id="a share without a weight"),
        pytest.param(("--owner", "ana", "--split", "ben=1,ben=2"), 2, id="one agent twice"),
        pytest.param(("--stage", "WON", "--to", "ben"), 2, id="no stage"),
        pytest.param((404, "--to", "ben", "--reason", "x"), 1, id="no lead"),
        pytest.param(("--undo", "made-up"), 1, id="no batch"),
    ],
)
def test_what_is_not_understood_is_wrong_usage_and_what_is_not_there_a_refusal(
    business: Business, arguments: tuple[Any, ...], status: int
) -> None:
    assert sami(business, *arguments).exit_code == status


@pytest.mark.parametrize(
    ("change", "refusal"),
    [({"--reason": " "}, ReasonRequired), ({"--to": "max"}, AgentUnknown)],
)
def test_refusals_have_their_names(business: Business, change: dict[str, str], refusal: type[Exception]) -> None:
    lead = business.lead("ana")
    options = {"--to": "ben", "--reason": "x"} | change
    refused = sami(business, lead, *(part for pair in options.items() for part in pair))
    assert (refused.exit_code, type(refused.exception)) == (1, refusal)
