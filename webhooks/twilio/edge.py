"""What Twilio's routes need beside what all routes share: everything that answers without the database."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from flask import current_app

from webhooks.server.edge import Edge
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


@dataclass(frozen=True, kw_only=True)
class TwilioEdge(Edge):
    safety_net: SafetyNet
    spool: Spool
    signatures: Signatures
    renderer: Renderer
    last_words: LastWords = field(default_factory=LastWords)
    refused: RefusedWebhooks = field(default_factory=RefusedWebhooks)


def twilio_edge() -> TwilioEdge:
    found: TwilioEdge = current_app.extensions["sami"]
    return found
