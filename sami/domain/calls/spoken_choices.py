"""What a caller says aloud to the bot: a choice by its words or its key, a person, or that they want none of it."""

import re

from sami.domain.language.plain_words import plain_words_of
from sami.domain.organisation.document import MenuChoice

_DIGITS = (
    ("zero", "oh", "cero"),
    ("one", "uno", "una"),
    ("two", "dos"),
    ("three", "tres"),
    ("four", "cuatro"),
    ("five", "cinco"),
    ("six", "seis"),
    ("seven", "siete"),
    ("eight", "ocho"),
    ("nine", "nueve"),
)
_KEY_OF = {word: str(digit) for digit, words in enumerate(_DIGITS) for word in (*words, str(digit))}
_WORD = re.compile(r"\w+")
_BEFORE_A_KEY = frozenset(
    _WORD.findall(
        "press pressing pressed number option choice choose select key digit please the a i want would like id take "
        "its oprima oprimo marque marco numero opcion tecla el la por favor quiero"
    )
)
_NO = frozenset(_WORD.findall("not dont no never wont cannot cant isnt nor without tampoco nunca sin"))
_PERSON = re.compile(
    r"\b(?:operator|person|human|representative|rep|receptionist|someone|somebody|agent|real people|live person"
    r"|(?:talk|speak|talking|speaking|chat) (?:to|with)|customer service"
    r"|operador|operadora|persona|humano|representante|recepcionista|alguien|agente|hablar con)\b"
)


def wants_person(speech: str) -> bool:
    """ "operator", "can I talk to someone", "quiero hablar con una persona"; not where it is denied."""
    words = plain_words_of(speech)
    found = _PERSON.search(" ".join(words))
    if found is None:
        return spoken_key(speech) == "0"
    return not _is_denied(words, len(" ".join(words)[: found.start()].split()))


def spoken_key(speech: str) -> str | None:
    """ "two", "press two", "number 2": a key said aloud, with nothing beside it that means something else."""
    said = [word for word in plain_words_of(speech) if word not in _BEFORE_A_KEY]
    return _KEY_OF.get(said[0]) if len(said) == 1 else None


def spoken_choice(menu: tuple[MenuChoice, ...], speech: str) -> MenuChoice | None:
    """The choice whose words the sentence means; denied, they are nonsense."""
    words = plain_words_of(speech)
    by_words = next((choice for choice in menu if any(_means(words, wanted) for wanted in choice.words)), None)
    key = spoken_key(speech)
    return by_words or next((choice for choice in menu if key is not None and choice.digits == key), None)


def says(speech: str, wanted: str) -> bool:
    """Whole words only: "buying" is not "buy", unless the admin lists both."""
    return _means(plain_words_of(speech), wanted)


def _means(heard: list[str], phrase: str) -> bool:
    wanted = plain_words_of(phrase)
    if not wanted:
        return False
    places = [i for i in range(len(heard)) if heard[i : i + len(wanted)] == wanted]
    return any(_NO & set(wanted) or not _is_denied(heard, place) for place in places)


def _is_denied(heard: list[str], place: int) -> bool:
    """A "no" alone at the beginning takes back what was offered ("no, the message"), and denies nothing after it."""
    before = heard[:place]
    if before[:1] == ["no"] and before[1:2] != ["quiero"]:
        before = before[1:]
    return bool(_NO & set(before))
