"""What of a text did its sender write? A reaction quotes our own words, and so does a reply below them.

Phones send reactions to those who have none as a text: `Liked "..."` (Apple), `👍 to "..."` (Google). Nothing that is
quoted is read; the timeline keeps the whole.
"""

import re

_OPEN, _CLOSE = "\"“”«„'‘", "\"“”»'’"
_QUOTED = rf"[{_OPEN}].*"
_EMOJI = r"[^\w\s\"“”«'‘]{1,8}"
_OBJECT = (
    r"(?:an?|the) (?:image|photo|picture|video|audio message|attachment|sticker|link|movie|location|contact|message)"
)
_VERB = (
    r"(?:liked|loved|disliked|laughed at|emphasized|emphasised|questioned|removed an? (?:like|heart|dislike|laugh"
    r"|exclamation|exclamation mark|question|question mark|reaction|.{1,8}) from"
    r"|le gusto|le gustó|le encanto|le encantó|no le gusto|no le gustó|le dio risa(?: a)?|le hizo gracia|enfatizo"
    r"|enfatizó|cuestiono|cuestionó|me gusta|me encanta)"
)
_REACTIONS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"{_VERB}\s+{_QUOTED}",
        rf"{_VERB}\s+{_OBJECT}\W*",
        rf"(?:reacted|reaccion[oó])(?: with| con)?\s+\S{{1,12}}\s+(?:to|a)\s+(?:{_QUOTED}|{_OBJECT}\W*)",
        rf"(?:removed|quit[oó])(?: your)?\s+\S{{1,12}}\s+(?:from|de)\s+(?:{_QUOTED}|{_OBJECT}\W*)",
        rf"{_EMOJI}\s*(?:to|a)\s+(?:{_QUOTED}|{_OBJECT}\W*)",
    )
)
_INVISIBLE = re.compile(r"[\u200a\u200b\u200d\u2009\u202f\ufe0f\u2060]")
_ABOVE = re.compile(
    r"^(?:on .{4,120}\bwrote|el .{4,120}\bescribi[oó]|.{1,60}\bwrote|-{2,} ?original message ?-{2,}|-{2,} ?forwarded"
    r" message ?-{2,}|_{10,})\s*:?\s*$",
    re.IGNORECASE,
)
_ABOVE_WITHIN = re.compile(
    r"(?:^|\s)On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r".{0,100}?\bwrote:.*",
    re.DOTALL,
)
_INLINE = re.compile(r"[\"“«„](?P<said>[^\"“”«»„]*)[\"”»“]")
QUOTED_WORDS_MIN = 3


def own_words(body: str) -> str:
    """Without reactions and what stands quoted below or above an answer; empty where nothing is the sender's own."""
    plain = _INVISIBLE.sub(" ", body).strip()
    if any(reaction.fullmatch(plain) for reaction in _REACTIONS):
        return ""
    kept = []
    for line in body.splitlines():
        if _ABOVE.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return _ABOVE_WITHIN.sub("", "\n".join(kept)).strip()


def unquoted(words: str) -> str:
    """Without what is quoted in passing, where that is more than a word or two and not all that was written."""
    left = _INLINE.sub(lambda found: " " if len(found["said"].split()) >= QUOTED_WORDS_MIN else found[0], words)
    return left if any(letter.isalnum() for letter in left) else words
