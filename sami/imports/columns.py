"""Which column of a file is which field of a lead: as somebody says, else by its name and what it is often called."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from sami.domain.language.names import is_placeholder
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.inquiry import SAID
from sami.domain.leads.written_values import ATTRIBUTE, FIELDS, Wrong, is_field, read_lead
from sami.errors import SamiError
from sami.imports.cells import as_written
from sami.imports.files import FileRow
from sami.imports.owners_and_stages import STANDING

REASON = "reason"
"""The column that rejected rows are given. As the last one of a file it is ours, and no field."""

_PARTS = {
    "first_name": "first name, first, firstname, given name, forename",
    "last_name": "last name, last, lastname, surname, family name",
    "phone": "phone, phone number, telephone, telephone number, tel, mobile, mobile phone, mobile number, cell, "
    "cell phone, cellphone, cell number, home phone, work phone, primary phone, phone 1, phone1, contact number, "
    "mobile phone number, other phone, phone 2, phone2, phone 3",
}
_BY_NAME = {
    **{header: field for field, headers in _PARTS.items() for header in headers.split(", ")},
    **{header: field.name for field in SAID if is_field(field.name) for header in field.headers},
}
_ANY_OF = frozenset({"phone", "email"})
_COUNTED = re.compile(r"(.+)\[([0-9]{1,3})\]")


class MappingRefused(SamiError):
    """The columns of this file cannot be read as asked."""

    code = "mapping_refused"
    status = 422


@dataclass(frozen=True, slots=True)
class Columns:
    """`fields` says of each column which field it is, None where it is not imported.

    `has_reason`: one more column follows, which says why a row was rejected the last time.
    """

    headers: tuple[str, ...]
    fields: tuple[str | None, ...]
    has_reason: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        pairs = zip(self.headers, self.fields, strict=True)
        return tuple(header or "(no name)" for header, field in pairs if field is None)

    @property
    def told_apart(self) -> tuple[str, ...]:
        """The headers as a mapping names them: two of one name have numbers."""
        several = (_called(self.headers, header) for header in self.headers)
        return tuple(
            f"{header}[{places.index(place) + 1}]" if len(places) > 1 else header
            for place, (header, places) in enumerate(zip(self.headers, several, strict=True))
        )

    def read(self, row: FileRow, *, country: str, source: str) -> NewLead | tuple[Wrong, ...]:
        """The lead that a row holds, or every fault at once; how it stood is read apart."""
        if row.wrong:
            return (Wrong("row", row.wrong, row.right),)
        if any(cell.strip() for cell in self.beyond(row)):
            wrong = f"has {len(row.cells)} cells, but {len(self.headers)} columns are named"
            return (Wrong("row", wrong, "put a cell that holds the delimiter in quotation marks"),)
        written = {field: cell for field, cell in self._written(row).items() if field not in STANDING}
        return read_lead(written, country=country, source=source)

    def standing(self, row: FileRow) -> dict[str, str]:
        """What a row says of the lead's owner, stage and created date, where it says something."""
        said = {} if row.wrong else self._written(row)
        return {field: said[field] for field in STANDING if field in said and not _is_empty(said[field])}

    def _written(self, row: FileRow) -> dict[str, str]:
        pairs = zip(self.fields, row.cells, strict=False)  # Empty cells at the end of a row need not be written.
        written: dict[str, str] = {}
        for field, cell in pairs:
            if field and _is_empty(written.get(field, "")):  # Of several phones the first that is there.
                written[field] = as_written(cell)
        return written

    def beyond(self, row: FileRow) -> tuple[str, ...]:
        return row.cells[len(self.headers) + self.has_reason :]


def _is_empty(cell: str) -> bool:
    return not cell.strip() or is_placeholder(cell)


def map_columns(headers: tuple[str, ...], stated: Mapping[str, str]) -> Columns:
    """`stated` names fields by header, `Phone[2]` the second of that name; an empty one leaves the column out.

    Of two columns the first is the field, but any may hold the phone or the e-mail address. Raises MappingRefused.
    """
    has_reason = headers[-1] == REASON and REASON not in stated
    headers = tuple(map(as_written, headers[:-1] if has_reason else headers))
    positions = {_position(headers, header): _known(field) for header, field in stated.items()}
    stated_fields = {field for field in positions.values() if field}
    taken = set(stated_fields)
    fields: list[str | None] = []
    for position, header in enumerate(headers):
        field = positions[position] if position in positions else _guess(header, taken)
        taken |= {field} if field and (field not in _ANY_OF or field in stated_fields) else set()
        fields.append(field or None)
    _refuse_twice(fields)
    if not _ANY_OF & set(fields):
        raise MappingRefused(
            f"No column holds a phone or an e-mail address, so nobody could be reached; the columns are "
            f"{_listed(headers)}. Say which, for example --map '{headers[0]}=phone'."
        )
    return Columns(headers, tuple(fields), has_reason)


def has_column(headers: tuple[str, ...], header: str) -> bool:
    counted = _COUNTED.fullmatch(header.strip())
    several = [] if counted is None else _called(headers, counted[1])
    return bool(_called(headers, header)) or (counted is not None and 1 <= int(counted[2]) <= len(several))


def _position(headers: tuple[str, ...], header: str) -> int:
    found = _called(headers, header)
    counted = _COUNTED.fullmatch(header.strip())
    if not found and counted is not None:
        several, number = _called(headers, counted[1]), int(counted[2])
        if 1 <= number <= len(several):
            return several[number - 1]
    if not found:
        near = get_close_matches(header, headers, n=1, cutoff=0.5)
        meant = f"did you mean {near[0]}?" if near else f"the columns are {_listed(headers)}."
        raise MappingRefused(f"There is no column {header}; {meant}")
    if len(found) > 1:
        raise MappingRefused(f"{len(found)} columns are called {header}: write {header}[1], {header}[2] and so on.")
    return found[0]


def _called(headers: tuple[str, ...], header: str) -> list[int]:
    return [place for place, name in enumerate(headers) if name.casefold() == header.strip().casefold()]


def _known(field: str) -> str:
    if field and field not in STANDING and not is_field(field):
        fields = _listed((*FIELDS, *STANDING))
        raise MappingRefused(f"{field} is no field of a lead; fields are {fields} and attributes.NAME.")
    return field


def _guess(header: str, taken: set[str]) -> str | None:
    if header.casefold().startswith(ATTRIBUTE):
        field: str | None = _known(ATTRIBUTE + header[len(ATTRIBUTE) :].strip())
    else:
        field = _BY_NAME.get(" ".join(re.findall(r"[^\W_]+", header.casefold())))
    return None if field in taken else field


def _refuse_twice(fields: Iterable[str | None]) -> None:
    told = [field for field in fields if field]
    twice = {field for field in told if told.count(field) > 1 and field not in _ANY_OF}
    if twice:
        raise MappingRefused(f"Two columns are to be {_listed(sorted(twice))}: choose one of them.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
