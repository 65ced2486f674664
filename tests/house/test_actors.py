"""Nobody takes apart how somebody or something is written to find out who or what it was."""

import ast
from collections.abc import Iterator
from pathlib import Path

import sami

ROOT = Path(sami.__file__).parents[1]
ROOMS = ("sami", "webhooks", "cadences")
READERS = {"sami/domain/language/actor.py", "sami/domain/assignment/rules.py"}
"""Where the written form is given, and read back from rows that have nothing else."""
WHO = ("agent ", "api/", "form/", "import ", "rule/", "constraint/", "outcome ", "workflow ", "cadence ")
TAKE_APART = {"startswith", "removeprefix", "partition", "split", "rpartition", "removesuffix", "endswith"}


def taken_apart(source: str) -> Iterator[int]:
    """The lines that ask a string for the beginning of an actor or a rule, or a dedupe key for anything."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TAKE_APART):
            continue
        begins = [part.value for arg in node.args for part in ast.walk(arg) if isinstance(part, ast.Constant)]
        of = {part.attr for part in ast.walk(node.func.value) if isinstance(part, ast.Attribute)}
        of |= {part.id for part in ast.walk(node.func.value) if isinstance(part, ast.Name)}
        if any(begin in WHO for begin in begins) or of & {"by", "dedupe_key", "matched_rule", "actor"}:
            yield node.lineno


def test_no_string_is_parsed_to_find_out_who_did_it_or_what_it_is_for() -> None:
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        if str(path.relative_to(ROOT)) not in READERS
        for line in taken_apart(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_it_would_be_seen() -> None:
    parsed = 'by.startswith("agent ")', "row.dedupe_key.startswith(x)", 'word.removeprefix("api/")', "by.partition('/')"
    assert all(list(taken_apart(line)) == [1] for line in parsed)
    assert not list(taken_apart('name.startswith("a")'))
