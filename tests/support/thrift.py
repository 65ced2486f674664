"""What a run of thousands of tests in one process need not do again and again, and no program of ours does so often."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3

_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What builds a rule's addresses is a function of the rule alone; thousands of applications have the same rules."""
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    asked = rule.rule, tuple(rule._trace), append_unknown
    if asked not in _builders:
        _builders[asked] = _compile_builder(rule, append_unknown)
    return _builders[asked]


def compile_routes_once() -> None:
    Rule._compile_builder = _compile_once  # type: ignore[method-assign]


def leave_alone_what_is_imported() -> None:
    """Modules live as long as the process: to look through them for garbage takes a third of a second each time."""
    gc.collect()
    gc.freeze()


def keep_files_in_memory() -> None:
    """Thousands of small databases that end with their test need no disk; unless somebody says where files belong."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
