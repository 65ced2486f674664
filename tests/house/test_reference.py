"""What docs/ says of settings, commands, metrics, keys and words is what the code says, and nothing is left out."""

import re
from pathlib import Path

import pytest

from docs.reference.pages import DOCS, PAGES, made, parts_shown
from docs.reference.parts import PARTS
from sami.domain.messages.staff_keywords import Command, Consent, Unknown, read_text
from sami.domain.messages.staff_words import STAFF_WORDS, Word
from sami.domain.messages.wording.staff import words
from sami.settings.loading import known_keys, retired_keys
from webhooks.cli import COMMANDS

README = (DOCS.parent / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_says_what_the_code_says(page: Path) -> None:
    assert made(page.read_text()) == page.read_text(), "make docs"


def test_every_part_stands_on_a_page() -> None:
    assert parts_shown() == set(PARTS)


def test_every_setting_and_every_command_is_told() -> None:
    told = PARTS["settings"]()
    names = {f"{section}.{key}" for section, keys in known_keys().items() for key in keys} - set(retired_keys())
    assert {name for name in names if f"`{name}`" not in told} == set()
    shown = set(re.findall(r"\*\*`sami ([a-z-]+)", PARTS["commands"]()))
    assert shown == set(COMMANDS)


def test_no_page_names_a_command_that_is_not() -> None:
    for text in (README, *(page.read_text() for page in PAGES)):
        assert set(re.findall(r"`sami ([a-z][a-z-]*)", text)) <= set(COMMANDS)


@pytest.mark.parametrize("word", STAFF_WORDS, ids=lambda word: word.examples[0])
def test_each_word_for_staff_is_understood_as_it_is_told(word: Word) -> None:
    read = {type(read_text(example, {})) for example in word.examples}
    assert read == set(word.commands)


def test_every_word_for_staff_is_told() -> None:
    told = {command for word in STAFF_WORDS for command in word.commands}
    assert told == set(Command.__args__) - set(Consent.__args__) - {Unknown}
    listed = words().split(", ")
    assert [example for example in listed if isinstance(read_text(example, {}), Unknown)] == []


def test_the_pages_are_found_from_the_readme() -> None:
    linked = set(re.findall(r"docs/([a-z]+\.md)", README))
    assert {"start.md", "connect.md", "agents.md", "admins.md", "operators.md", "developers.md"} <= linked
    every = README + "".join(page.read_text() for page in PAGES)
    for target in re.findall(r"\]\(([a-zA-Z./]+\.md)\)", every):
        assert (DOCS / target).exists() or (DOCS.parent / target).exists(), target
