"""Is the audit as it was written?"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from sami.domain.audit.tampering import End, Page, tampering
from sami.store.audit import every_page

NOTHING_WRITTEN = End(0, None)


@dataclass(frozen=True, slots=True)
class Verified:
    """`wrong`: a sentence for each place where it was changed behind our back. `erased`: entries that say no more.

    Whoever keeps the seal of the `end` elsewhere would see even that all was written anew.
    """

    end: End
    erased: int
    wrong: tuple[str, ...]


def verify_audit(db: Connection) -> Verified:
    """Reads all of it; a million entries take about a minute."""
    read = _Read(every_page(db))
    wrong = tuple(_told(read))
    return Verified(read.end, read.erased, wrong)


class _Read:
    def __init__(self, pages: Iterator[Page]) -> None:
        self._pages = pages
        self.end = NOTHING_WRITTEN
        self.erased = 0

    def __iter__(self) -> Iterator[Page]:
        for page in self._pages:
            self.end = page.end
            self.erased += sum(entry.salt is None for entry in page.entries)
            yield page


def _told(read: _Read) -> Iterator[str]:
    try:
        yield from tampering(read)
    except ValueError as error:
        yield f"it cannot be read: {error}"
