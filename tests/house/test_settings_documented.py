"""Every setting stands in config.example.toml with its default, and nothing else does."""

import re
import tomllib
from pathlib import Path

from sami.settings.loading import Settings, known_keys, retired_keys

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_holds_every_setting_and_no_other() -> None:
    text = re.sub(r"^# (?=\w+ = )", "", EXAMPLE.read_text(), flags=re.MULTILINE)  # A default nobody can write down.
    written = {section: set(keys) for section, keys in tomllib.loads(text).items()}
    retired = set(retired_keys())
    assert written == {
        section: {key for key in keys if f"{section}.{key}" not in retired} for section, keys in known_keys().items()
    }


def test_the_example_shows_the_defaults() -> None:
    assert Settings.model_validate(tomllib.loads(EXAMPLE.read_text())) == Settings()
