"""Blocked callers hear one sentence, and nobody else hears of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prometheus_client import REGISTRY

from sami.domain.language.actor import person
from sami.organisation.applying import apply_file, export_text
from sami.organisation.blocking import block, unblock
from sami.organisation.publishing import OrganisationRefused
from sami.settings.loading import Settings
from sami.store.calls import calls
from sami.store.leads import find_lead_by_phone, leads
from sami.store.texts import consent_of, texts
from sami.store.work import outbox_items, tasks
from sami.views.call_story_rows import explain_call
from sami.views.call_words import describe_call
from tests.support.cast import ANA, DESK, LEE, LINE, STAFF_LINE, STRANGER, desk, organisation
from tests.support.signed import SignedClient
from tests.support.world import SPEAKING, World
from webhooks.cli import commands
from webhooks.simulator.behaviours import Answers

SENTENCE = "Sorry, this number does not take your calls. Goodbye."
NUISANCE = "+15125550666"
ORGANISATION = organisation(bot={"fallback": [desk()]})


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with World(settings, ORGANISATION, beats=SPEAKING) as world:
        world.phone(ANA, Answers(talks_s=10))
        world.phone(DESK, Answers(talks_s=10))
        yield world


def keep_out(world: World, **row: Any) -> None:
    with world.database.begin() as db:
        block(db, row, by=person("olive"), now=world.now)


def rows(world: World, table: Any) -> list[Any]:
    with world.database.read() as db:
        return list(db.execute(table.select()))


def turned_away() -> float:
    return REGISTRY.get_sample_value("sami_calls_blocked_total") or 0.0


@pytest.mark.parametrize(
    ("row", "caller", "kept_out"),
    [
        pytest.param({"phone": NUISANCE}, NUISANCE, True, id="the phone"),
        pytest.param({"phone": NUISANCE}, "+15125550667", False, id="its neighbour"),
        pytest.param({"prefix": "+15125550"}, NUISANCE, True, id="a number that begins so"),
        pytest.param({"prefix": "+15125551"}, NUISANCE, False, id="one that does not"),
        pytest.param({"withheld_on": LINE}, "anonymous", True, id="withheld on this line"),
        pytest.param({"withheld_on": LINE}, "+266696687", True, id="withheld, as digits"),
        pytest.param({"withheld_on": STAFF_LINE}, "anonymous", False, id="withheld on another line"),
        pytest.param({"withheld_on": LINE}, NUISANCE, False, id="shown on a line for shown numbers"),
        pytest.param({"phone": NUISANCE, "until": "2026-11-16"}, NUISANCE, True, id="on the last day"),
        pytest.param({"phone": NUISANCE, "until": "2026-11-15"}, NUISANCE, False, id="the day after"),
    ],
)
def test_a_blocked_caller_hears_one_sentence_and_no_lead_ring_text_or_task_comes_of_it(
    world: World, row: dict[str, Any], caller: str, kept_out: bool
) -> None:
    prefixed = {**row} if "prefix" not in row else {"prefix": row["prefix"]}
    if row.get("prefix") == "+15125550":
        prefixed["prefix"] = "+151255506"  # Not the agents' own.
    keep_out(world, **prefixed, why="calls hourly")
    counted = turned_away()
    call = world.call(caller)
    with world.database.read() as db:
        story = explain_call(db, call.sid)
    assert story is not None
    assert (story.blocked is not None, turned_away() - counted) == (kept_out, kept_out)
    heard = [each.text for each in world.network.heard_by(caller)]
    if not kept_out:
        assert SENTENCE not in heard
        assert world.network.rings
        return
    assert heard == [SENTENCE]
    assert world.network.rings == []
    assert [len(rows(world, table)) for table in (leads, outbox_items, tasks)] == [0, 0, 0]
    assert [(call.state, call.outcome) for call in rows(world, calls)] == [("ended", None)]
    assert describe_call(story).result == "Turned away: this caller is blocked (calls hourly)."


def test_let_in_again_the_next_call_rings(world: World) -> None:
    keep_out(world, phone=NUISANCE)
    world.call(NUISANCE)
    with world.database.begin() as db:
        unblock(db, NUISANCE, by=person("olive"), now=world.now)
    world.call(NUISANCE)
    assert world.network.rings


def test_a_known_lead_who_is_blocked_stays_a_lead_and_is_not_rung_through(world: World) -> None:
    world.call(LEE)
    before = len(world.network.rings)
    keep_out(world, phone=LEE, why="threatens people")
    world.call(LEE)
    assert len(world.network.rings) == before
    with world.database.read() as db:
        assert find_lead_by_phone(db, LEE) is not None


def test_a_text_of_theirs_is_kept_and_told_to_nobody_but_stop_is_obeyed(world: World) -> None:
    keep_out(world, phone=STRANGER)
    with SignedClient(world.settings) as twilio:
        for number, body in enumerate(("I will find you", "STOP")):
            form = {"MessageSid": f"SM{number}", "From": STRANGER, "To": LINE, "Body": body, "NumMedia": "0"}
            assert "<Message>" not in twilio.post("/webhooks/sms", **form).text
    assert [text.body for text in rows(world, texts)] == ["I will find you", "STOP"]
    assert [len(rows(world, table)) for table in (leads, outbox_items)] == [0, 0]
    with world.database.read() as db:
        assert consent_of(db, STRANGER) == "opted_out"


# --- The file.


def file(*blocked: str) -> str:
    return ORGANISATION + "".join(f"\n[[blocked]]\n{row}\n" for row in blocked)


def test_the_file_holds_them_and_its_export_applies_without_a_change(world: World) -> None:
    written = file(
        f'phone = "{NUISANCE}"\nwhy = "calls hourly"\nuntil = 2027-01-31',
        'prefix = "+1512777"',
        f'withheld_on = "{LINE}"',
    )
    with world.database.begin() as db:
        applied = apply_file(db, written, prune=False, by=person("x"), now=world.now)
        assert [str(change) for change in applied.changes] == [
            f"added [[blocked]] {NUISANCE}",
            "added [[blocked]] +1512777",
            f"added [[blocked]] {LINE}",
        ]
        exported = export_text(db, world.now)
        assert "until = 2027-01-31" in exported
        assert not apply_file(db, exported, prune=False, by=person("x"), now=world.now).changes
        assert not apply_file(db, ORGANISATION, prune=False, by=person("x"), now=world.now).changes, "absent rows stay"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('phone = "512"', 'phone "512" is not a phone number; write it like +15125550666'),
        ('phone = "(512) 555-0666"', f'phone "(512) 555-0666" is not in E.164; write "{NUISANCE}"'),
        (f'phone = "{ANA}"', f"phone \"{ANA}\" is an agent's phone; block somebody else's"),
        ('prefix = "+1512"', 'prefix "+1512" is no prefix; write + and six digits at least, like "+1512555"'),
        ('prefix = "1512555"', 'prefix "1512555" is no prefix; write + and six digits at least, like "+1512555"'),
        ('prefix = "+1512555"', 'prefix "+1512555" covers +15125550101, an agent\'s phone; write a longer prefix'),
        (
            'withheld_on = "+15125550999"',
            f'withheld_on "+15125550999" is not a line of ours; use one of {LINE}, {STAFF_LINE}',
        ),
        ('why = "?"', "names nobody; write one of phone, prefix, withheld_on in every row"),
        (
            f'phone = "{NUISANCE}"\nprefix = "+1512777"',
            "names phone and prefix; write one of phone, prefix, withheld_on in every row",
        ),
        (f'phone = "{NUISANCE}"\nuntil = "soon"', 'until "soon" is not a date; write year, month and day'),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_what_would_be_right(world: World, row: str, fault: str) -> None:
    with world.database.begin() as db, pytest.raises(OrganisationRefused) as refused:
        apply_file(db, file(row), prune=False, by=person("x"), now=world.now)
    assert fault in str(refused.value.faults[0])


# --- The command.

Sami = Callable[..., Result]


@pytest.fixture
def sami(world: World, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Sami:
    monkeypatch.setenv("SAMI_DATABASE__URL", database_url)
    return lambda *arguments: CliRunner().invoke(commands, ["block", *arguments])


def test_the_command_blocks_lists_and_lets_in_again(world: World, sami: Sami) -> None:
    assert sami().output == "Nobody is blocked.\n"
    assert sami("(512) 555-0666", "--why", "calls hourly").output == f"{NUISANCE}: calls hourly\n"
    world.call(NUISANCE)
    assert world.network.rings == []
    assert sami("--withheld-on", LINE, "--until", "2027-01-31").output.splitlines() == [
        f"{NUISANCE}: calls hourly",
        f"withheld callers on {LINE} until 2027-01-31: no reason given",
    ]
    assert sami(NUISANCE, "--lift").output == f"withheld callers on {LINE} until 2027-01-31: no reason given\n"
    assert str(sami(NUISANCE, "--lift").exception) == f"Nobody is blocked by this name. {NUISANCE} stands in no row."


def test_the_command_says_what_is_wrong_and_changes_nothing(sami: Sami) -> None:
    refused = sami("--prefix", "+1512")
    assert refused.exit_code == 1
    assert "write + and six digits at least" in refused.output
    assert sami("--prefix", "+1512", "--withheld-on", LINE).exit_code == 2
    assert sami("--lift").exit_code == 2
    assert sami().output == "Nobody is blocked.\n"
