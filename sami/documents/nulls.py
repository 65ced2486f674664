"""What programs send may hold null, which a file cannot: an absent key says the same."""

from collections.abc import Mapping
from typing import Any


def without_nulls(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
        case list() | tuple():
            return [without_nulls(inner) for inner in value]
    return value
