"""`python -m bench.serve floor`: another application under the very server that `sami web` starts."""

import importlib
import sys
from typing import TYPE_CHECKING

from sami.settings import load_settings
from webhooks.commands import web
from webhooks.commands.lifeline import end_with_parent
from webhooks.lanes import in_lanes

if TYPE_CHECKING:
    from flask import Flask


def floor() -> "Flask":
    return _application("bench.floor")


def bare() -> "Flask":
    return _application("bench.bare")


def _application(module: str) -> "Flask":
    end_with_parent()
    made: Flask = importlib.import_module(module).application()
    return in_lanes(made, load_settings().server.threads)  # As `sami web` does.


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    web.APPLICATION = f"bench.serve:{name}"
    web.web(args=arguments, prog_name="sami web")
