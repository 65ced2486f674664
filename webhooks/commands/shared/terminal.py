"""What a terminal may be given."""


def printable(said: str) -> str:
    """Callers and leads name themselves: what they wrote must not steer the reader's terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in said)
