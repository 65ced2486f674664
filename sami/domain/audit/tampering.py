"""Where was the audit changed behind our back? Edited entries, missing ones, and an end that was cut off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sami.domain.audit.entry import NOTHING_SAID, SealedEntry, digest_of, seal_of


@dataclass(frozen=True, slots=True)
class End:
    """How many entries there are, and the seal of the last: kept apart, so that a cut end shows."""

    number: int
    seal: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, oldest first, and the end as it stood when they were read: meanwhile others are written."""

    entries: Sequence[SealedEntry]
    end: End


def tampering(pages: Iterable[Page]) -> Iterator[str]:
    """A sentence for each place that does not fit; none where all of it does. Every page, the last one included."""
    last, end = End(0, None), End(0, None)
    for page in pages:
        end = page.end
        for found in page.entries:
            yield from _entry(found, last)
            last = End(found.number, found.seal)
    if last.number < end.number:
        yield f"{_named(last.number + 1, end.number)} cut off the end"
    elif last != end:
        yield "the last entry is not the one that was written last"


def _entry(found: SealedEntry, last: End) -> Iterator[str]:
    if found.number != last.number + 1:
        yield f"{_named(last.number + 1, found.number - 1)} taken away"
    elif found.seal != seal_of(found.number, found.entry, found.digest, last.seal):
        yield f"entry {found.number} is not as it was sealed"
    if not _says_what_was_sealed(found):
        yield f"entry {found.number} does not say what was sealed"


def _says_what_was_sealed(found: SealedEntry) -> bool:
    """What was erased says nothing at all, and cannot be told from its hash any more."""
    if found.salt is None:
        return found.entry.said == NOTHING_SAID
    return digest_of(found.entry.said, found.salt) == found.digest


def _named(first: int, last: int) -> str:
    return f"entry {first} was" if first == last else f"entries {first} to {last} were"
