"""Is a text that is nothing but one word a carrier's word with one slip of the thumb in it?"""

_CARRIERS = ("stop", "unsubscribe", "cancel")
# Words of their own that are one slip away: who writes them means them.
_WORDS = """
atop cancels cancer chancel estop scop shop slop snop sop spot step stoa stob stomp stoop stop stope stops stopt stot
stow strop swop top cancel unsubscribe unsubscribed unsubscriber unsubscribes
"""
_OTHER_WORDS = frozenset(_WORDS.split())


def is_slip(word: str) -> bool:
    """One letter too many, missing, wrong, or two exchanged; `word` in small letters."""
    return word not in _OTHER_WORDS and any(_is_one_off(word, meant) for meant in _CARRIERS)


def _is_one_off(written: str, meant: str) -> bool:
    shorter = min(len(written), len(meant))
    same = next((place for place in range(shorter) if written[place] != meant[place]), shorter)
    rest, wanted = written[same:], meant[same:]
    exchanged = len(rest) > 1 and rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    wrong, too_many, missing = rest[1:] == wanted[1:], rest[1:] == wanted, rest == wanted[1:]
    return exchanged or wrong or too_many or missing
