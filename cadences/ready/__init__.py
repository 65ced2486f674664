"""The cadences that come with SAMI, as files that `sami cadences import` takes: print one, change it, import it."""

from pathlib import Path

_HERE = Path(__file__).parent


def ready_keys() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _HERE.glob("*.toml")))


def ready_text(key: str) -> str | None:
    """The file as it can be imported; None where there is none of this key."""
    return (_HERE / f"{key}.toml").read_text(encoding="utf-8") if key in ready_keys() else None
