"""What every route of one web process shares: settings, database, and who speaks to the outside after a commit."""

from dataclasses import dataclass
from typing import Protocol

from flask import current_app

from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.settings.loading import Settings


class Nudged(Protocol):
    """Something that speaks to the outside as soon as it is told that there is something to say."""

    def nudge(self) -> None: ...


@dataclass(frozen=True)
class Edge:
    settings: Settings
    public_url: str
    database: Database
    call_settings: CallSettings
    legs: Nudged


def edge() -> Edge:
    found: Edge = current_app.extensions["sami"]
    return found
