"""Is this caller kept out: by phone, by prefix, or for withholding their number on a line that takes none such?"""

import re
from collections.abc import Iterable
from datetime import date

from sami.domain.language.phone import E164
from sami.domain.organisation.document import Blocked

PREFIX = re.compile(r"\+[1-9][0-9]{5,14}")
"""Six digits at least: fewer would keep out a whole region."""


def find_block(blocked: Iterable[Blocked], caller: E164 | None, line: E164, today: date) -> Blocked | None:
    """The first row that fits. `caller` None is withheld; `today` is the organisation's own date."""
    standing = (row for row in blocked if row.until is None or today <= row.until)
    return next((row for row in standing if _fits(row, caller, line)), None)


def _fits(row: Blocked, caller: E164 | None, line: E164) -> bool:
    if caller is None:
        return row.withheld_on == line
    return row.phone == caller or (row.prefix is not None and caller.startswith(row.prefix))


def name_of(row: Blocked) -> str:
    """As people say whom a row keeps out."""
    if row.prefix is not None:
        return f"every number that begins with {row.prefix}"
    return row.phone or f"withheld callers on {row.withheld_on}"
