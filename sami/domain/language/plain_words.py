"""A text as its sentences: small letters, no signs, one blank between words, so that phrases can be looked for."""

import re
import unicodedata

READ_MAX = 1600
_BREAKS = re.compile(r"[.,;:!?\n\r()\"“”]+|\s[-–—]+\s")
_NO_SIGN = re.compile(r"[^a-z0-9' ]+")
_SPELLINGS = (
    (re.compile(r"\b(?:stopp+|sto{3,}p+|stt+op+)\b"), "stop"),
    (re.compile(r"['’`]"), ""),
    (re.compile(r"\b(?:pls|plz|plese|pleas|por favor)\b"), "please"),
    (re.compile(r"\b(?:u|ya|yall)\b"), "you"),
    (re.compile(r"\bur\b"), "your"),
    (re.compile(r"\b(?:msg|msgs|txts|sms)\b"), "texts"),
    (re.compile(r"\btxt\b"), "text"),
    (re.compile(r"\b(?:txting|txtin|textin)\b"), "texting"),
    (re.compile(r"\bcallin\b"), "calling"),
    (re.compile(r"\b(?:do not|dnt|donot|do nt)\b"), "dont"),
    (re.compile(r"\bany more\b"), "anymore"),
    (re.compile(r"\bun subscribe\b"), "unsubscribe"),
)


def sentences_of(body: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", body[:READ_MAX].replace("’", "'")).lower()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    pieces = (_NO_SIGN.sub(" ", piece) for piece in _BREAKS.split(plain))
    return tuple(spelt for piece in pieces if (spelt := _spelt(" ".join(piece.split()))))


def plain_words_of(text: str) -> list[str]:
    """In small letters, without signs and accents; a number stays a word of its own."""
    plain = unicodedata.normalize("NFKD", text[:READ_MAX].replace("’", "'")).casefold().replace("'", "")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return re.sub(r"\b(?:do not|donot)\b", "dont", " ".join(words)).split()


def _spelt(sentence: str) -> str:
    for pattern, meant in _SPELLINGS:
        sentence = pattern.sub(meant, sentence)
    return " ".join(sentence.split())


def holds(patterns: tuple[re.Pattern[str], ...], sentence: str) -> bool:
    return any(pattern.search(sentence) for pattern in patterns)


def table(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in patterns)
