"""What is a column once a change is taken back? Its old value where the new one still stands, else what it is now."""

from collections.abc import Mapping, Sequence
from typing import Any


def revert(name: str, now: Any, old: Any, new: Any) -> tuple[Any, tuple[str, ...]]:
    """The value, and what of the change was left alone; of tags, attributes and findings each by itself."""
    match name:
        case "tags":
            return _tags(now, old, new), ()
        case "attributes" | "findings":
            return _each(name, now, old, new)
        case _:
            return (old, ()) if now == new else (now, (name,))


def _tags(now: Sequence[str], old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The tags without those that were added; others came from elsewhere."""
    return [tag for tag in now if tag in old or tag not in new]


def _each(
    name: str, now: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    changed = [key for key in new if key not in old or old[key] != new[key]]
    standing = {key for key in changed if key in now and now[key] == new[key]}
    kept = {key: value for key, value in now.items() if key not in standing}
    back = {key: old[key] for key in changed if key in standing and key in old}
    return {**kept, **back}, tuple(f"{name}.{key}" for key in changed if key not in standing)
