"""Every metric that is declared is moved by something (R27)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KINDS = {"Counter", "Gauge", "Histogram"}
MOVES = {"inc", "set", "observe", "time"}


def declared() -> list[str]:
    tree = ast.parse((ROOT / "sami" / "metrics.py").read_text())
    return [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.func, ast.Name) and node.value.func.id in KINDS
    ]


def moved() -> set[str]:
    """Names of `metrics.NAME...inc()` and its like, anywhere in the product."""
    found = set()
    for path in (path for room in ("sami", "cadences", "webhooks") for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MOVES:
                found |= {
                    part.attr
                    for part in ast.walk(node.func)
                    if isinstance(part, ast.Attribute)
                    and isinstance(part.value, ast.Name)
                    and part.value.id == "metrics"
                }
    return found


@pytest.mark.parametrize("name", declared())
def test_r27_a_metric_that_is_declared_is_moved_by_something(name: str) -> None:
    assert name in moved()
