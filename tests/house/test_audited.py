"""Every change that a person or a key can ask for is recorded in the audit, or says here why it is not.

The code is read: a view of the API that changes something, and a command that opens a transaction which writes, must
come to `record` by the functions that it calls.
"""

import ast
import inspect
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

import sami
import webhooks.api  # noqa: F401 - imported for the operations it declares.
from webhooks.api.door import api
from webhooks.api.operations import OPERATIONS
from webhooks.cli import COMMANDS

ROOT = Path(sami.__file__).parents[1]
RECORDS = {"sami.audit.recording.record", "sami.audit.recording.record_change"}
OF_COMMANDS = "webhooks.commands."
Name = str

NOT_AUDITED = {
    "hand_in_lead": "a lead that arrives has its timeline, and its owner a sealed history",
    "add_note": "the timeline keeps it with who wrote it, and no body is in the audit",
    "log_attempt": "the timeline keeps it with who tried",
    "call_back": "a call says who asked for it",
    "change_notice": "that somebody has read something changes nothing",
    "replay_decision": "it decides again and writes nothing",
}

NOT_AUDITED_COMMANDS = {
    "webhooks.commands.backups.backup.backup": "it changes nothing, and when it was made is kept",
    "webhooks.commands.servers.worker.worker": "what the clock repeats has nobody behind it",
}


@dataclass
class Module:
    functions: dict[Name, ast.AST] = field(default_factory=dict)
    names: dict[Name, Name] = field(default_factory=dict)
    """What each name that stands in the module means, with its module before it."""


@cache
def modules() -> dict[Name, Module]:
    found = {}
    for room in ("sami", "cadences", "webhooks"):
        for path in sorted((ROOT / room).rglob("*.py")):
            found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = _read(path)
    for name, module in found.items():
        module.names |= {function: f"{name}.{function}" for function in module.functions}
    return found


def _read(path: Path) -> Module:
    module = Module()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            module.names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            module.functions[node.name] = node
    return module


def called_by(function: Name) -> Iterator[Name]:
    """Every function that is named in it; `module.function` too."""
    home, _, name = function.rpartition(".")
    module = modules().get(home)
    body = None if module is None else module.functions.get(name)
    if module is None or body is None:
        return
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and node.id in module.names:
            yield module.names[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in module.names:
            yield f"{module.names[node.value.id]}.{node.attr}"


def reached_from(function: Name) -> set[Name]:
    seen, waiting = {function}, deque([function])
    while waiting:
        for found in called_by(waiting.popleft()):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return seen


def views() -> dict[Name, Name]:
    """The view of each operation that changes something."""
    served = Flask(__name__)
    served.register_blueprint(api)
    found = {}
    for guarded in served.view_functions.values():
        operation = getattr(guarded, "operation", None)
        if operation is not None and operation.changes:
            view = inspect.unwrap(guarded)
            found[operation.name] = f"{view.__module__}.{view.__name__}"
    assert set(found) == {operation.name for operation in OPERATIONS if operation.changes}
    return found


def writing_commands() -> Iterator[Name]:
    """Commands that come to a transaction which writes."""
    for name, module in modules().items():
        for function, node in module.functions.items() if name.startswith(OF_COMMANDS) else ():
            if isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
                command = f"{name}.{function}"
                if any(map(_opens, reached_from(command))):
                    yield command


def _is_command(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in {"command", "group"}


def _opens(function: Name) -> bool:
    home, _, name = function.rpartition(".")
    node = modules()[home].functions.get(name) if home in modules() else None
    return node is not None and any(_begins(each) for each in ast.walk(node))


def _begins(node: ast.AST) -> bool:
    """`database.begin(...)`, whichever way to a database."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "begin"):
        return False
    of = node.func.value
    return "database" in (of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else "")


@pytest.mark.parametrize(("operation", "view"), sorted(views().items()))
def test_what_the_api_changes_is_recorded(operation: Name, view: Name) -> None:
    assert operation in NOT_AUDITED or reached_from(view) & RECORDS


@pytest.mark.parametrize("command", sorted(writing_commands()))
def test_what_a_command_writes_is_recorded(command: Name) -> None:
    assert command in NOT_AUDITED_COMMANDS or reached_from(command) & RECORDS


def test_every_excuse_is_for_something_that_is_there() -> None:
    assert set(NOT_AUDITED) <= {operation.name for operation in OPERATIONS}
    assert set(NOT_AUDITED_COMMANDS) <= set(writing_commands())
    assert all(address.partition(":")[0] in modules() for address, _ in COMMANDS.values())
