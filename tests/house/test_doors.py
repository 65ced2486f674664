"""Each outside library is imported in its one place, which is what ruff's banned-api says."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUFF = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
BANNED: dict[str, str] = {
    name: rule["msg"].removeprefix("its door is ")
    for name, rule in RUFF["lint"]["flake8-tidy-imports"]["banned-api"].items()
    if rule["msg"].startswith("its door is ")
}
LIBRARIES = {
    "twilio.rest",
    "twilio.twiml",
    "twilio.request_validator",
    "apscheduler",
    "phonenumbers",
    "pytz",
    "opening_hours",
    "holidays",
    "requests_hardened",
    "standardwebhooks",
    "smtplib",
    "datetime.datetime.now",
    "time.time",
}


def test_every_library_with_a_door_is_banned_elsewhere() -> None:
    assert set(BANNED) >= LIBRARIES


@pytest.mark.parametrize("door", sorted(set(BANNED.values())))
def test_a_door_stands_where_the_message_sends_people(door: str) -> None:
    assert (ROOT / door).is_file()


def test_only_doors_and_the_stores_of_tests_lift_the_ban() -> None:
    doors = set(BANNED.values())
    lifting = {
        str(path.relative_to(ROOT))
        for package in ("sami", "cadences", "webhooks", "migrations")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"noqa:[^#]*TID251", path.read_text())
    }
    assert {path for path in lifting - doors if not path.startswith("sami/store/")} == set()
