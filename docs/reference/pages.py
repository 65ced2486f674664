"""Which pages hold parts that are made, and how is a part put between its markers?"""

import re
from pathlib import Path

from docs.reference.parts import PARTS

DOCS = Path(__file__).parents[1]
PAGES = tuple(sorted(DOCS.glob("*.md")))
_PART = re.compile(r"(<!-- made: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def made(text: str) -> str:
    """The page with each of its parts as the code says it today."""
    return _PART.sub(lambda found: f"{found[1]}{PARTS[found[2]]().strip()}\n{found[3]}", text)


def parts_shown() -> set[str]:
    return {found[2] for page in PAGES for found in _PART.finditer(page.read_text(encoding="utf-8"))}
