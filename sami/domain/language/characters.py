"""Which characters can be passed on everywhere: what XML 1.0 cannot hold ends a call's leg, and is nothing to read."""

import re

# Controls but tab and line ends, halves of letters (surrogates), U+FFFE and U+FFFF.
_UNSTORABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def storable(text: str) -> str:
    """The text without what no document may hold: asked where text is taken in, and where documents are made."""
    return _UNSTORABLE.sub("", text)
