"""What a rung agent hears: who calls and why, within six seconds, each part whole and the most useful kept."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sami.domain.calls.screening_prompt import WHO_AND_WHY_MAX, CallerSaid, call_back_prompt, screen_prompt
from sami.domain.language.phone import E164
from sami.domain.organisation.document import Bot
from tests.support.cast import LEE

MARIA = CallerSaid("Maria Ortiz", E164(LEE), "Zillow", "seller", "Austin", "Website")
LONG = "Maximiliana Bartholomea Featherstonehaugh-Cholmondeley Wellesley"
ENGLISH, SPANISH = Bot("main"), Bot("main", language="es-MX")


def heard(said: CallerSaid, bot: Bot = ENGLISH) -> str:
    return screen_prompt(bot, said).split(". ")[0]


@pytest.mark.parametrize(
    ("said", "who_and_why"),
    [
        (MARIA, "Maria Ortiz, Zillow lead, wants to sell in Austin"),
        (replace(MARIA, place=""), "Maria Ortiz, Zillow lead, wants to sell"),
        (replace(MARIA, type=""), "Maria Ortiz, Zillow lead, from Austin"),
        (replace(MARIA, source="Website", type="", place=""), "Maria Ortiz, Website"),
        (
            replace(MARIA, wish="To buy a home", answers=(("timeframe", "now"),)),
            "Maria Ortiz, Zillow lead, wants to sell in Austin, timeframe now, to buy a home",
        ),
        (replace(MARIA, name="", source="", type="", place=""), "Caller ending 0 1 4 2, Website"),
        (
            replace(MARIA, name="https://evil.example/pay"),
            "Caller ending 0 1 4 2, Zillow lead, wants to sell in Austin",
        ),
        (CallerSaid(line="Website"), "A withheld number, Website"),
        (replace(MARIA, name=LONG), "Maximiliana Wellesley, Zillow lead, wants to sell in Austin"),
        (replace(MARIA, name="X" * 200), "Caller ending 0 1 4 2, Zillow lead, wants to sell in Austin"),
    ],
)
def test_an_agent_hears_who_and_why(said: CallerSaid, who_and_why: str) -> None:
    assert heard(said) == who_and_why


def test_in_spanish_all_of_it_is() -> None:
    assert heard(MARIA, SPANISH) == "Maria Ortiz, contacto de Zillow, quiere vender en Austin"
    assert heard(CallerSaid(line="Casas"), SPANISH) == "Un número oculto, Casas"


def test_of_a_call_back_the_digits_are_whole() -> None:
    phone = E164("+15125550003")
    assert call_back_prompt(ENGLISH, "call_back_screen", CallerSaid("", phone)).startswith(
        "Caller ending 0 0 0 3 asked for a call back."
    )
    assert call_back_prompt(SPANISH, "call_back_screen", CallerSaid("", phone)).startswith(
        "Quien llama desde el número que termina en 0 0 0 3 pidió"
    )


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200)


@given(st.builds(CallerSaid, WORDS, st.sampled_from([None, E164(LEE)]), WORDS, WORDS, WORDS, WORDS, WORDS))
def test_whatever_is_known_takes_less_than_six_seconds_and_nothing_is_cut(said: CallerSaid) -> None:
    for bot in (ENGLISH, SPANISH):
        keys = screen_prompt(bot, CallerSaid()).split(". ", 1)[1]
        prompt = screen_prompt(bot, said)
        assert prompt.endswith(f". {keys}")
        who_and_why = prompt.removesuffix(f". {keys}")
        assert 0 < len(who_and_why) <= WHO_AND_WHY_MAX
        if "0 1" in who_and_why:
            assert "0 1 4 2" in who_and_why
