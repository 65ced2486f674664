"""Complete English and Spanish: no bot says half of what it says in another language than its own."""

import pytest

from sami.domain.organisation.document import Bot
from sami.domain.organisation.sentences import IN_THE_BOTS_LANGUAGE, SENTENCES, missing_in, placeholders, sentence
from sami.domain.organisation.sentences_es import SPANISH

MEXICAN = Bot("main", language="es-MX")


def test_everything_that_is_heard_exists_in_spanish_with_the_same_placeholders() -> None:
    assert set(SPANISH) == set(IN_THE_BOTS_LANGUAGE)
    for name, text in SPANISH.items():
        assert placeholders(text) == placeholders(SENTENCES[name]), name
        assert text != SENTENCES[name]


@pytest.mark.parametrize("name", IN_THE_BOTS_LANGUAGE)
def test_a_bot_in_mexican_spanish_says_it_in_spanish(name: str) -> None:
    assert sentence(MEXICAN, name) == SPANISH[name]


def test_staff_are_texted_in_english_by_every_bot() -> None:
    assert sentence(MEXICAN, "missed_task") == SENTENCES["missed_task"]


@pytest.mark.parametrize("language", ["en-US", "en-GB", "es-MX", "es-US", "ES", "en_US"])
def test_of_english_and_spanish_nothing_is_missing(language: str) -> None:
    assert missing_in(language, ()) == ()


def test_of_any_other_language_everything_is_missing_that_the_admin_has_not_worded() -> None:
    assert "greeting" in missing_in("fr-FR", ())
    assert missing_in("fr-FR", IN_THE_BOTS_LANGUAGE[1:]) == IN_THE_BOTS_LANGUAGE[:1]
