"""A lead's tags: kept as written, told apart without regard to case, each there once."""

from collections.abc import Collection, Sequence


def has_tag(tags: Collection[str], tag: str) -> bool:
    return tag.casefold() in {known.casefold() for known in tags}


def with_tag(tags: Sequence[str], tag: str) -> list[str]:
    return list(tags) if has_tag(tags, tag) else [*tags, tag]


def without_tag(tags: Sequence[str], tag: str) -> list[str]:
    return [known for known in tags if known.casefold() != tag.casefold()]


def tags_added(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag for tag in after if not has_tag(before, tag))
