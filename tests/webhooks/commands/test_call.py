"""`sami call`: the four stories in moved time, told and explained."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from sami import clock
from tests.support.cast import agent, olive, organisation
from tests.support.demo_process import free_port
from webhooks.cli import commands


def played(*arguments: str) -> str:
    told = CliRunner().invoke(commands, ["call", *arguments], env={"SAMI_SERVER__PORT": str(free_port())})
    assert told.exit_code == 0, told.output
    return told.output


@pytest.mark.parametrize(
    ("story", "heard", "came_of_it"),
    [
        ("answered", "The caller talks with Ana Ruiz", "Successful transfer: Ana Ruiz took the call"),
        ("group", "Ana Ruiz rang 3 s, passed by pressing 2", "Successful transfer: Ben Okafor took the call"),
        ("voicemails", "The caller talks with Front desk", "Successful transfer: Front desk took the call"),
        ("nobody", "Please leave a message after the tone.", "Missed transfer: nobody took the call"),
    ],
)
def test_a_story_is_told_and_explained(story: str, heard: str, came_of_it: str) -> None:
    told = played("--story", story)
    assert heard in told
    assert came_of_it in told


def test_everybody_can_be_chosen() -> None:
    told = played("--from", "liam", "--to", "past", "--phone", "dev=answers")
    assert "Liam Weber" in told
    assert "Successful transfer: Dev Patel took the call" in told


def test_the_business_of_ones_own_file_rings_its_own_people(tmp_path: Path) -> None:
    file = tmp_path / "organisation.toml"
    people = [agent("ben", verified=False) | {"key": "zoe", "name": "Zoe Blum"}, olive(verified=False)]
    file.write_text(organisation(agents=people, bot={"greeting": "You have reached our own business."}))
    told = played("--organisation", str(file))
    assert "You have reached our own business." in told
    assert "Successful transfer: Zoe Blum took the call" in told

    file.write_text('[organisation]\nname = "Ours"\ncountry = "US"\ntime_zone = "America/Chicago"\n')
    source = clock._source
    refused = CliRunner().invoke(commands, ["call", "--organisation", str(file)])
    assert clock._source is source, "the clock of a demo that did not begin is gone with it"
    assert (refused.exit_code, str(refused.exception)) == (1, "The file has no line, so nobody could call.")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["--story", "answered", "--from", "liam"], 2, id="a story has its own caller"),
        pytest.param(["--phone", "ana=sings"], 2, id="no such habit"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], status: int) -> None:
    told = CliRunner().invoke(commands, ["call", *arguments], env={"SAMI_SERVER__PORT": str(free_port())})
    assert told.exit_code == status
