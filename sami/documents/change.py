"""What two versions of a document differ in, told row by row."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from sami.documents.checks.names import ONE_ROW


@dataclass(frozen=True, slots=True)
class Change:
    """One row, or one field of it. Values are as the file writes them; None where the key is absent.

    `moved` tells places in a list whose order decides, counted from one.
    """

    table: str
    row: str
    what: Literal["added", "changed", "removed", "deactivated", "activated", "moved"]
    field: str = ""
    before: Any = None
    after: Any = None

    def __str__(self) -> str:
        place = f"[{self.table}]" if self.table in ONE_ROW else f"[[{self.table}]] {self.row}"
        difference = f": {self.field} {_shown(self.before)} -> {_shown(self.after)}" if self.field else ""
        return f"{self.what} {place}{difference}"


def _shown(value: Any) -> str:
    return "(absent)" if value is None else json.dumps(value, ensure_ascii=False)
