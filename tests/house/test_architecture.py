"""docs/architecture.md tells the truth: each room is on the map, the floors are those checked, each address exists."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def test_the_map_has_one_line_for_each_room() -> None:
    rooms = {
        str(path.parent.relative_to(ROOT))
        for package in ("sami", "cadences", "webhooks", "migrations")
        for path in (ROOT / package).rglob("__init__.py")
    }
    told = re.findall(r"^\| `([\w/]+)` \|", part("Rooms"), re.MULTILINE)
    assert sorted(told) == sorted(rooms)


def test_the_picture_shows_the_floors_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = {contract["containers"][0]: contract["layers"] for contract in contracts if "containers" in contract}
    picture = re.search(r"```\n(.*?)```", part("Floors"), re.DOTALL)[1]
    drawn = {
        container: [floor.strip() for floor in floors.splitlines()]
        for container, floors in re.findall(r"^(\S+)\n((?: +.*\n)+)", picture, re.MULTILINE)
    }
    assert drawn
    assert {container: checked[container] for container in drawn} == drawn


@pytest.mark.parametrize(
    ("path", "name"), re.findall(r"\| `([\w/]+\.py)`: `(\w+)` \|$", part("Where do I change ..."), re.MULTILINE)
)
def test_what_is_to_be_changed_stands_where_the_table_says(path: str, name: str) -> None:
    assert re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8")), f"{name} is not in {path}"


def test_the_table_answers_at_least_twenty_questions() -> None:
    assert len(re.findall(r"^\| .* \| `", part("Where do I change ..."), re.MULTILINE)) >= 20


def test_no_room_has_a_file_of_its_own_name() -> None:
    """`access/access.py` would not say which part of access it is."""
    named = [path for package in ("sami", "cadences", "webhooks") for path in (ROOT / package).rglob("*.py")]
    assert [path for path in named if path.stem == path.parent.name] == []
