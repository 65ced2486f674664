"""What the README tells a newcomer to do, done: their own file, a test ring, and a call that rings an agent."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.newcomer import LINE, Newcomer
from tests.support.server import PUBLIC_URL
from webhooks.cli import commands
from webhooks.simulator.behaviours import Answers, Busy

README = (Path(__file__).parents[2] / "README.md").read_text()
ANA, DESK, LEE = "+15125550101", "+15125550104", "+15125550142"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    with ExitStack() as stack:
        yield Newcomer(tmp_path, stack)


def test_a_first_file_rings_an_agent_once_their_phone_is_verified(newcomer: Newcomer) -> None:
    network = newcomer.network
    assert "SAMI is ready: it listens on http://127.0.0.1:" in newcomer.server.told()
    assert newcomer.sami("init").returncode == 0
    applied = newcomer.sami("apply", "organisation.toml")
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.splitlines()[-1] == (
        "No call will ring anybody: Ana Ruiz [ana], Ben Okafor [ben] (a phone that was never verified). "
        "Verify a phone by a test ring: `sami verify ana`."
    )
    asked = newcomer.sami("doctor")
    assert asked.returncode == 1
    assert asked.stdout.splitlines()[-1].endswith(applied.stdout.splitlines()[-1])

    network.add_phone(ANA, Answers(after_s=0.5, press_after_s=4, talks_s=3))
    verified = newcomer.sami("verify", "ana")
    assert verified.stdout.splitlines() == [
        f"Ringing Ana Ruiz, {ANA}: pick up and press 1.",
        "Verified: calls may ring Ana Ruiz.",
    ], verified.stderr
    connected = newcomer.sami("lines", "connect")
    assert connected.returncode == 0, connected.stderr
    told = newcomer.sami("doctor")
    wrong = [line for line in told.stdout.splitlines() if line.startswith("wrong")]
    assert [line for line in wrong if PUBLIC_URL not in line] == [], "the name of our address is made up"

    network.add_phone(DESK, Busy())
    call = network.call(LEE, LINE)
    newcomer.server.until(lambda: not call.is_live, within_s=90)
    assert ANA in {ring.phone for ring in network.rings[1:]}
    why = newcomer.sami("why")
    assert "Ana Ruiz took the call" in why.stdout, why.stdout


def test_the_readmes_own_words_end_in_a_call_that_rings_somebody_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = README.partition("Then your own:\n")[2].partition("`sami init` writes")[0]
    typed = [line.strip().split()[1:] for line in block.splitlines() if line.strip().startswith("sami ")]
    assert [words[0] for words in typed] == ["init", "call"]
    monkeypatch.chdir(tmp_path)
    told = [CliRunner().invoke(commands, words) for words in typed]
    assert [one.exit_code for one in told] == [0, 0], told[-1].output
    assert "Successful transfer: Ana Ruiz took the call" in told[-1].output
