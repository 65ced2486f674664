"""R1 on test rings: a document that fails hangs up, and a phone is verified by a 1 that was stored, or not at all."""

import shutil
from pathlib import Path

import pytest

from sami.agents import verification
from sami.domain.delivery.kinds import Kind as Item
from sami.domain.language.actor import person
from sami.outbox.delivery import deliver
from sami.settings.loading import Settings
from sami.store.facts import read_directory
from sami.store.verification import find_test_ring
from tests.support.broken_world import BrokenWorld
from tests.support.cast import ANA, agent, olive, organisation
from tests.support.counts import NIGHTLY
from tests.support.edges import Edges, Kind
from webhooks.simulator.behaviours import Answers

ENDPOINTS = ("verification.picked_up", "verification.pressed", "verification.status")
FILE = organisation(agents=[agent("ana", verified=False), olive()])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_r01_a_fault_on_a_test_ring_hangs_up_and_verifies_nobody_unheard(
    endpoint: str, sqlite_template: Path, tmp_path: Path
) -> None:
    unharmed = ring(endpoint, Edges(), sqlite_template, tmp_path / "unharmed")
    assert unharmed.was_asked, "the scenario does not ask its route"
    crossed = range(1, len(unharmed.edges.crossed) + 1)
    kinds = list(Kind)
    faults = [(kind, nth) for nth in crossed for kind in (kinds if NIGHTLY else kinds[nth % len(kinds) :][:1])]
    for kind, nth in faults:
        world = ring(endpoint, Edges(kind, nth), sqlite_template, tmp_path / f"{kind.value}-{nth}")
        told = f"{kind} at {world.edges.hit}, number {nth}: {world.statuses}"
        for asked, status in world.statuses:
            died = kind.is_exit and asked == endpoint and status == 502
            assert status in ((204, 502, 503) if asked.endswith(".status") else (200,)) or died, told


def ring(endpoint: str, edges: Edges, template: Path, folder: Path) -> BrokenWorld:
    folder.mkdir()
    shutil.copyfile(template, folder / "sami.db")
    settings = Settings.model_validate(
        {
            "server": {"public_url": "https://calls.example.com", "data_dir": folder},
            "database": {"url": f"sqlite:///{folder / 'sami.db'}"},
            "twilio": {"account_sid": "AC" + "0" * 32, "auth_tokens": ["a-made-up-token"]},
        }
    )
    world = BrokenWorld(settings, FILE, endpoint=endpoint, edges=edges)
    with world:
        world.phone(ANA, Answers(press_after_s=3))
        with world.database.begin() as db:
            subject = verification.find_subject(read_directory(db), "ana")
            ref = verification.ask_test_ring(db, subject, by=person("olive"), now=world.now)
        deliver(world.worker.delivery, world.now, kinds=(Item.TEST_RING,))
        world.network.run()
        world.settle()
        with world.database.read() as db:
            row = find_test_ring(db, ref)
        assert row is not None
        assert world.agent("ana").verified == (row.state == "confirmed")
        thanked = any("Calls may ring this phone now" in each.text for each in world.network.heard_by(ANA))
        assert not thanked or row.state == "confirmed", "what we say is true"
    return world
