"""What a run of thousands of tests in one process need not do again and again, and no program of ours does so often."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from sami.database import connections

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 1024**3

STATEMENTS_KEPT = 10_000

_statements: LRUCache[Any, Any] = LRUCache(STATEMENTS_KEPT)
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


def compile_statements_once() -> None:
    """Each engine compiles every statement for itself, and each test has engines of its own; the text is the same."""

    def create(url: Any, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        engine._compiled_cache = _statements
        return engine

    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]
    connections.create_engine = create


def leave_alone_what_is_imported() -> None:
    """Modules live as long as the process: to look through them for garbage takes a third of a second each time."""
    gc.collect()
    gc.freeze()


def keep_files_in_memory() -> None:
    """Thousands of small databases that end with their test need no disk; unless somebody says where files belong."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
