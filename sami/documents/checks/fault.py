"""What is wrong in a row of the organisation's file, and what would be right."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
"""A row as it was written, without the values of a wrong type: what is left can be checked for sense."""

Document = Mapping[str, Any]
"""The whole file: `organisation` is a row, every other table a list of rows."""


@dataclass(frozen=True, slots=True)
class Problem:
    """`field` is a path within the row, rows of inner lists counted from one: `menu[2].digits`."""

    field: str
    wrong: str
    right: str

    def within(self, path: str) -> "Problem":
        return Problem(f"{path}.{self.field}" if self.field else path, self.wrong, self.right)


def without_echoes(of_sense: Iterable[Problem], of_type: Iterable[Problem]) -> list[Problem]:
    """One mistake is not reported as two: what has a value of a wrong type is not also missing, or too little."""
    told = [problem.field for problem in of_type]
    return [problem for problem in of_sense if not any(is_part(field, problem.field) for field in told)]


def is_part(field: str, whole: str) -> bool:
    return field == whole or field.startswith((f"{whole}.", f"{whole}["))


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem and where it stands. `row` is the row's key, or `#2` where it has none."""

    table: str
    row: str
    field: str
    wrong: str
    right: str

    def __str__(self) -> str:
        """A terminal is never given control characters, also not by what somebody chose for a name."""
        told = f"{self._place}{' '.join(filter(None, (self.field, self.wrong)))}; {self.right}"
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in told)

    @property
    def _place(self) -> str:
        if not self.table:
            return ""
        brackets = "[[{}]]" if self.row else "[{}]"
        return " ".join(filter(None, (brackets.format(self.table), self.row))) + ": "


def quoted(value: object) -> str:
    """As the file would write it."""
    return json.dumps(value, ensure_ascii=False)
