"""What every route of one web process shares: database, safety net, spool, signatures, leg sender."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Protocol

from flask import current_app

from sami.calls.transaction import CallSettings
from sami.database.engine import Database
from sami.settings.loading import Settings
from webhooks.twilio.refused import RefusedWebhooks
from webhooks.twilio.safety_net import SafetyNet
from webhooks.twilio.signatures import Signatures
from webhooks.twilio.spool import Spool
from webhooks.twilio.twiml import Renderer

REMEMBERED_MAX = 4096


class LastWords:
    """Answers given without the database, so that a repeat of the same request hears the same words (R4)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, str] = OrderedDict()

    def keep(self, key: str, answer: str) -> None:
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > REMEMBERED_MAX:
                self._answers.popitem(last=False)

    def find(self, key: str) -> str | None:
        return self._answers.get(key)


class Nudged(Protocol):
    """Something that speaks to the outside as soon as it is told that there is something to say."""

    def nudge(self) -> None: ...


@dataclass(frozen=True)
class Edge:
    settings: Settings
    public_url: str
    database: Database
    safety_net: SafetyNet
    spool: Spool
    signatures: Signatures
    renderer: Renderer
    call_settings: CallSettings
    legs: Nudged
    last_words: LastWords = field(default_factory=LastWords)
    refused: RefusedWebhooks = field(default_factory=RefusedWebhooks)


def edge() -> Edge:
    found: Edge = current_app.extensions["sami"]
    return found
