"""A call's progress is changed by the domain alone: services assign what a move of `sami/domain/calls` gave them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOVES = ("sami.domain.calls.call_flow", "sami.domain.calls.moves", "sami.domain.calls.stored")
SOURCES = [
    path
    for package in ("sami", "cadences", "webhooks", "bench")
    for path in (ROOT / package).rglob("*.py")
    if not path.is_relative_to(ROOT / "sami" / "domain")
]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_services_only_assign_what_a_move_returned(path: Path) -> None:
    assert list(_faults(path.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        "call.progress = replace(call.progress, round=())",
        "call.progress = dataclasses.replace(call.progress, turn=2)",
        "progress = replace(turn.progress, turn=2)",
        "call.progress = CallProgress(CallState.MENU)",
        "LiveCall(sid=sid, progress=CallProgress(CallState.MENU))",
        "LiveCall(sid=sid, progress=made_here())",
        "call.progress = made_here(call.progress)",
        "call.progress = one if two else three",
        "call.progress.state = CallState.ENDED",
        "setattr(call, 'progress', end(call.progress))",
        "if call.progress.state is not CallState.QUEUED: pass",
        "match call.progress.state:\n    case _: pass",
    ],
)
def test_a_change_made_elsewhere_is_seen(line: str) -> None:
    assert list(_faults(f"from sami.domain.calls.moves import end\n{line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "call.progress = end(call.progress)",
        "call.progress = turn.progress",
        "LiveCall(sid=sid, progress=end(begun))",
        "LiveCall(sid=sid, progress=read_progress(row.progress))",
        "values = {'state': call.progress.state.value}",
    ],
)
def test_what_the_domain_gave_may_be_kept(line: str) -> None:
    moves = "from sami.domain.calls.moves import end\nfrom sami.domain.calls.stored import read_progress\n"
    assert list(_faults(moves + line)) == []


def _faults(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    moves = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MOVES
        for alias in node.names
    }
    written = {id(node.value) for node in ast.walk(tree) if _is_written(node)}
    for node in ast.walk(tree):
        for fault in _faults_of(node, moves, written):
            yield f"line {getattr(node, 'lineno', '?')}: {fault}"


def _faults_of(node: ast.AST, moves: set[str], written: set[int]) -> Iterator[str]:
    match node:
        case ast.Call(func=func, args=[first, *_]) if _last_name(func) == "replace" and _is_progress(first):
            yield "a progress is replaced"
        case ast.Call(func=func) if _last_name(func) == "CallProgress":
            yield "a progress is made"
        case ast.Call(func=ast.Name("setattr"), args=[_, ast.Constant("progress"), *_]):
            yield "a progress is set by name"
        case ast.Assign(targets=targets, value=value) if any(map(_is_kept_progress, targets)):
            yield from _faults_of_value(value, moves)
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_kept_progress(target):
            yield from _faults_of_value(value, moves)
        case ast.keyword(arg="progress", value=value):
            yield from _faults_of_value(value, moves)
        case ast.Attribute(value=value, attr="state") if _is_progress(value) and id(node) not in written:
            yield "a state is asked for or set, not the table of who listens"


def _faults_of_value(value: ast.expr, moves: set[str]) -> Iterator[str]:
    is_moved = isinstance(value, ast.Call) and _last_name(value.func) in moves
    if not is_moved and not _is_progress(value):
        yield f"a progress is {ast.unparse(value)}"


def _is_progress(node: ast.expr) -> bool:
    return _last_name(node) == "progress"


def _is_kept_progress(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and _is_progress(node)


def _is_written(node: ast.AST) -> bool:
    """`progress.state.value`: the column that is kept beside the JSON."""
    return isinstance(node, ast.Attribute) and node.attr == "value"


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""
