"""By which name may somebody be greeted? Anybody can type anything into a form that we then say to strangers (S25)."""

import pytest

from sami.domain.language.names import first_name, is_speakable, without_name


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Maria Ortiz", "Maria"),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("D'Arcy Wu", "D'Arcy"),
        ("J.R. Ewing", "J.R."),
        ("Zoë", "Zoë"),
        ("José", "José"),
        ("प्रिया शर्मा", "प्रिया"),
        ("محمد علي", "محمد"),
        ("田中 太郎", "田中"),
        ("Ortiz, Maria", "Ortiz"),
        ("X", "X"),
    ],
)
def test_a_name_is_said(name: str, first: str) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    "name",
    [
        "",
        "https://evil.example/pay?now, Maria",
        "Maria https://evil.example",
        "evil.example Maria",
        "www.evil.com",
        "bit.ly/x",
        "Maria@evil.example",
        "Call 900-555-0100",
        "5125550142",
        "٠١٢٣",
        "Maria2",
        "N/A",
        "test",
        "-",
        "null",
        "Unknown",
        "$$$ Maria",
        "PayNowOrElseYouWillBeSuedByOurLawyers",
    ],
)
def test_s25_what_is_no_name_is_never_said(name: str) -> None:
    assert first_name(name) is None


def test_an_initial_and_a_title_are_no_links() -> None:
    assert is_speakable("Dr. Ana M. Ruiz Jr.")
    assert is_speakable("St. John Smith")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hi {n}, it is Ana.", "Hi there, it is Ana."),
        ("Hello, {n}!", "Hello there!"),
        ("Good morning {n}. Still there, {n}?", "Good morning there. Still there?"),
        ("Still there, {n}?", "Still there?"),
        ("{n}, call me.", "Call me."),
        ("{n}: Harbor Homes.", "Harbor Homes."),
        ("Sorry we missed you, {n}. Bye {n}", "Sorry we missed you. Bye"),
        ("For you ({n}) only", "For you only"),
        ("No name in it.", "No name in it."),
    ],
)
def test_who_has_no_name_is_greeted_and_not_named(written: str, said: str) -> None:
    assert without_name(written, "{n}") == said
