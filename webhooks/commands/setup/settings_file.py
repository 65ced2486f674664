"""Answers that end in settings: written to config.toml for its owner alone, or printed as lines for an environment."""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import tomlkit

from sami.settings.loading import config_file
from sami.settings.names import PREFIX

Value = str | list[str]


class SettingsKept:
    """`prints`: nothing is written; this process goes on as if the lines had been given."""

    def __init__(self, *, prints: bool) -> None:
        self._prints = prints
        self._lines = list[str]()
        self._changed = False
        self.path = config_file() or Path("config.toml")

    def keep(self, section: str, values: Mapping[str, Value]) -> None:
        self._changed = True
        if not self._prints:
            self._write(section, values)
        for key, value in values.items():
            variable = f"{PREFIX}{section}__{key}".upper()
            written = value if isinstance(value, str) else json.dumps(value)
            if self._prints:
                os.environ[variable] = written
                self._lines.append(f"export {variable}={shlex.quote(written)}")
            elif variable in os.environ and os.environ[variable] != written:
                click.secho(f"{variable} stands in the environment and wins over {self.path}: take it away.", err=True)
                os.environ[variable] = written

    def tell(self) -> None:
        if self._prints:
            click.echo("\nSettings, for the environment of `sami run`:\n")
            for line in self._lines:
                click.echo(line)
        else:
            click.echo(f"Settings stand in {self.path}, readable by you alone.")
        if self._changed:
            click.echo("Start `sami run` again where it runs: it reads settings as it starts.")

    def _write(self, section: str, values: Mapping[str, Value]) -> None:
        """What stands there besides, comments included, stays. Whole or not at all, and never readable by others."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        document: Any = tomlkit.parse(text)
        if section not in document:
            document[section] = tomlkit.table()
        for key, value in values.items():
            document[section][key] = value
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as written:
            written.write(tomlkit.dumps(document))
        fresh.replace(self.path)
