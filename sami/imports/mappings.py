"""What somebody said once of the columns of an export counts again by its name."""

from collections.abc import Mapping
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import Connection

from sami.audit.recording import record
from sami.domain.audit.entry import Verb
from sami.domain.language.actor import Actor
from sami.errors import SamiError
from sami.imports.columns import Columns, MappingRefused, has_column
from sami.store import mappings as store


class MappingUnknown(SamiError):
    """There is no such mapping."""

    code = "mapping_unknown"
    status = 404

    def __init__(self, name: str, others: list[str]) -> None:
        near = get_close_matches(name, others, n=1)
        meant = (
            f"did you mean {near[0]}?" if near else f"there are {', '.join(others)}." if others else "there is none."
        )
        super().__init__(f"None is called {name}; {meant}")


def remember(db: Connection, name: str, columns: Columns, *, by: Actor, now: datetime) -> None:
    """Also which columns are left out: a later release may guess otherwise."""
    read = zip(columns.told_apart, columns.fields, strict=True)
    named = [[head, field or ""] for head, field in read if head]
    store.save_mapping(db, name=name, columns=named, by=by, now=now)
    record(db, Verb.CHANGED, "import_mapping", name, after=dict(named), by=by, now=now)


def forget(db: Connection, name: str, *, by: Actor, now: datetime) -> None:
    """Raises MappingUnknown."""
    if not store.forget_mapping(db, name):
        raise _unknown(db, name)
    record(db, Verb.REMOVED, "import_mapping", name, by=by, now=now)


def stated_again(db: Connection, name: str, headers: tuple[str, ...], stated: Mapping[str, str]) -> dict[str, str]:
    """What is remembered of these columns, outranked by what is said now. Raises MappingUnknown or MappingRefused."""
    known = store.find_mapping(db, name)
    if known is None:
        raise _unknown(db, name)
    said = {header.strip().casefold(): field for header, field in stated.items()}
    again = {header: field for header, field in known.items() if header.casefold() not in said}
    gone = [header for header, field in again.items() if field and not has_column(headers, header)]
    if gone:
        raise MappingRefused(
            f"The mapping {name} names the column {gone[0]}, which this file does not have: leave it out with "
            f"--map '{gone[0]}=', and say with --map which column holds it instead, if one does."
        )
    left_out = {header.casefold() for header in known if not has_column(headers, header)}
    return {
        header: field
        for header, field in {**again, **stated}.items()
        if field or header.strip().casefold() not in left_out
    }


def _unknown(db: Connection, name: str) -> MappingUnknown:
    return MappingUnknown(name, [row.name for row in store.every_mapping(db)])
