"""How the values of an admin's file are read: a misspelt key is refused by name, never ignored."""

from typing import Any

# Read by the schema library wherever such values are loaded. `from` is a word of Python's, so its value is `from_`.
STRICT: dict[str, Any] = {
    "extra": "forbid",
    "alias_generator": lambda name: name.rstrip("_"),
    "populate_by_name": True,
}
