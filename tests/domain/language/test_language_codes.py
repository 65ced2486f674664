"""A language goes by two letters, however it was written."""

import pytest

from sami.domain.language.languages import language_code, language_names


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(
            (written, "es")
            for written in ("es", "ES", "es-MX", "es_419", "Spanish", " español ", "ESPANOL", "Castilian")
        ),
        ("English", "en"),
        ("Haitian Creole", "ht"),
        ("Tiếng Việt", "vi"),
        ("中文", "zh"),
        ("cy", "cy"),
        ("Klingon", "Klingon"),
        ("English and Spanish", "English and Spanish"),
        ("", ""),
    ],
)
def test_a_language_is_read_from_its_code_its_tag_and_its_names(written: str, code: str) -> None:
    assert language_code(written) == code


def test_people_call_it_by_its_english_name_first() -> None:
    assert language_names("es")[0] == "Spanish"
    assert language_names("cy") == ("cy",)
