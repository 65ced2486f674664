"""What the tools cannot see about the repository itself."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("sami", "cadences", "webhooks", "migrations", "tests")
SOURCES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found = [path for path in (ROOT / name for name in listed.splitlines()) if path.is_file()]
    return found or pytest.skip("not a checkout")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_first_which_question_it_answers(path: Path) -> None:
    text = path.read_text()
    assert not text or ast.get_docstring(ast.parse(text)), "the first line must be a docstring"


def test_s22_the_lock_names_only_the_public_index() -> None:
    lock = (ROOT / "uv.lock").read_text()
    hosts = set(re.findall(r"https?://([^/\"]+)", lock))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert "file:" not in lock


def test_s22_every_locked_file_carries_its_hash() -> None:
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]:
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    place = re.compile(r"(?<![\w.])/(home|Users|root|work|opt)/\w")
    guilty = [path for path in tracked() if path.suffix not in {".png", ".lock"} and place.search(_text(path))]
    assert not guilty


def test_the_processes_are_commands_of_ours() -> None:
    from webhooks.cli import COMMANDS

    lines = (ROOT / "Procfile").read_text().splitlines()
    started = {line.split(": sami ")[0]: line.split(": sami ")[1] for line in lines}
    assert started == {"release": "migrate", "web": "web", "worker": "worker"}
    assert set(started.values()) <= set(COMMANDS)


def test_the_makefile_has_the_agreed_words_each_with_its_help() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## \S", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"setup", "run", "test", "test-nightly", "check", "bench", "fix", "revision"} <= targets


def test_what_runs_before_a_change_is_accepted_is_check_and_test() -> None:
    script = ROOT / ".ci" / "run"
    assert "set -euo pipefail" in script.read_text()
    assert "make check test" in script.read_text()
    assert script.stat().st_mode & 0o111


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""
