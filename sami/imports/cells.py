"""A cell that spreadsheets take for a formula is written behind an apostrophe, which is taken away again (S8)."""

import re

from sami.domain.language.characters import storable

# Also behind blanks, and as wide as Asian keyboards write them: some spreadsheet takes each of them for a formula.
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")


def inert(cell: str) -> str:
    """A cell that had an apostrophe already gets one more, so that none is lost on the way back."""
    kept = storable(cell)
    return f"'{kept}" if _FORMULA.match(kept) else kept


def as_written(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
