"""`sami` starts fast, and says with its exit status how it went."""

import subprocess
import sys

import pytest

from webhooks.cli import COMMANDS


def sami(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "webhooks.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_command_and_imports_none() -> None:
    helped = sami("--help")
    assert helped.returncode == 0
    assert all(name in helped.stdout for name in COMMANDS)
    assert not {"sqlalchemy", "flask", "waitress", "apscheduler"} & set(helped.stderr.replace("|", " ").split())


def test_a_command_that_is_unknown_is_wrong_usage() -> None:
    assert sami("answer").returncode == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_asked_what_it_does(name: str) -> None:
    from webhooks.cli import commands

    found = commands.get_command(None, name)  # type: ignore[arg-type]
    assert found is not None
    assert found.help


def test_s01_serving_without_a_token_is_refused_with_a_sentence() -> None:
    refused = sami("web")
    assert refused.returncode == 1
    assert "twilio.auth_tokens is empty" in refused.stderr
