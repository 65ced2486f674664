"""Is this somebody's name, and by which may they be greeted? What anybody may type is said to strangers (S25)."""

import re
import unicodedata

FIRST_NAME_MAX = 30

_WORD = re.compile(r"[^\W\d_]+")
_KEYBOARD = re.compile(r"(?:asdf|qwer|zxcv|hjkl|abcd|xyz)[a-z]{0,6}")
_ONE_LETTER = re.compile(r"(\w)\1+")
# A link or an address, also without its beginning; "J.R." and "Dr. Smith" are none.
_LINK = re.compile(r"[/@\\]|:|www\.|[^\W_]{2,}\.[^\W\d_]{2,}", re.IGNORECASE)
_JOINERS = "'’.·-\u200c\u200d"

# What forms are tried out with, and what people write who would rather not say.
_NOBODY = frozenset(
    _WORD.findall(
        "test tester testing fake none null nobody noname anonymous unknown void undefined name firstname lastname "
        "first last foo bar foobar sample example demo dummy blah whatever customer user admin guest lead"
    )
)
_NO_NAMES = frozenset({"n a", "no name", "mickey mouse", "minnie mouse", "donald duck", "john doe", "jane doe"})


# What forms and exports write where nothing is known.
_PLACEHOLDERS = frozenset(
    {
        *(
            "n/a",
            "n.a.",
            "#n/a",
            "#ref!",
            "none",
            "(none)",
            "null",
            "nil",
            "nan",
            "unknown",
            "undefined",
            "tbd",
            "test",
        ),
        *(
            "no name",
            "noname",
            "not available",
            "not provided",
            "not specified",
            "not set",
            "no value",
            "empty",
            "blank",
        ),
        *("-", "--", "---", ".", "..", "...", "?", "??", "???"),
    }
)


def is_placeholder(text: str) -> bool:
    """Written where nothing is known: no value, and none that could replace one."""
    return " ".join(text.casefold().split()) in _PLACEHOLDERS


def is_suspect(name: str) -> bool:
    """Certainly nobody's name: a word forms are tried out with, keys beside each other, or no letter at all."""
    words = [word.casefold() for word in _WORD.findall(name)]
    if not words or " ".join(words) in _NO_NAMES:
        return True
    return all(word in _NOBODY or _KEYBOARD.fullmatch(word) or _is_one_letter(word) for word in words)


def is_speakable(name: str) -> bool:
    """Whether it may be said and written to people outside: no link, no number, nobody's made-up word."""
    return not is_suspect(name) and _LINK.search(name) is None and not any(letter.isdigit() for letter in name)


def first_name(name: str) -> str | None:
    """By which they may be greeted; None where that is no name."""
    first = name.split(" ")[0].rstrip(",;")
    fits = len(first) <= FIRST_NAME_MAX and all(map(_is_of_a_name, first))
    return first if fits and is_speakable(name) else None


def without_name(text: str, placeholder: str) -> str:
    """Words to somebody of whom no name is known: greeted they are "there", elsewhere they are not named at all."""
    named = re.escape(placeholder)
    text = re.sub(rf"({_GREETINGS})(,? ){named}", r"\1 there", text, flags=re.IGNORECASE)
    text = re.sub(rf" ?\({named}\)|(?:, ?| ){named}(?=[\s.,!?;:)]|$)|{named}[,:]? ?", "", text)
    return text[:1].upper() + text[1:]


_GREETINGS = r"\b(?:hi|hello|hey|hola|dear|howdy|good (?:morning|afternoon|evening|day))"


def _is_of_a_name(letter: str) -> bool:
    """Marks too, without which many scripts cannot be written."""
    return letter.isalpha() or letter in _JOINERS or unicodedata.category(letter).startswith("M")


def _is_one_letter(word: str) -> bool:
    return len(word) > 2 and _ONE_LETTER.fullmatch(word) is not None
