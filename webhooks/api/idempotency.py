"""The same request again, told by its `Idempotency-Key`, is answered as it was the first time (R4).

A key names an operation: method, path and body. Under another path the same words are another request (S27).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from flask import request
from pydantic import BaseModel
from sqlalchemy import Connection

from sami.store.work import answer_given, claim_webhook, keep_answer
from webhooks.api.door import Answer, ApiContext
from webhooks.api.refusals import FieldFault, IdempotencyKeyReused, InvalidFields

HEADER = "Idempotency-Key"
TAKES = {
    HEADER: "Makes it safe to send the request again: within a week the same request under it gets the same answer."
}
GIVES = {"Idempotent-Replayed": "true where the answer is that of an earlier request."}

_KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that names itself. Its key is claimed in the transaction of the work, and so is kept with it only."""

    key: str
    fingerprint: str

    @classmethod
    def read(cls, context: ApiContext, body: BaseModel) -> "Repeatable | None":
        """None without the header."""
        given = request.headers.get(HEADER)
        if given is None:
            return None
        if not _KEY.fullmatch(given):
            raise InvalidFields(FieldFault(HEADER, "cannot be kept", "write 1 to 255 characters without blanks"))
        said = body.model_dump(mode="json", exclude_unset=True)
        operation = json.dumps([request.method, request.path, said], sort_keys=True)
        return cls(f"api/{context.who.id}/{given}", sha256(operation.encode()).hexdigest())

    def earlier(self, db: Connection) -> Answer | None:
        """The answer of an earlier request. Raises IdempotencyKeyReused where that was another one."""
        kept = answer_given(db, self.key)
        if kept is None:
            return None
        told = json.loads(kept)
        if told["fingerprint"] != self.fingerprint:
            raise IdempotencyKeyReused
        return Answer(told["body"], told["status"], {**told["headers"], "Idempotent-Replayed": "true"})

    def claim(self, db: Connection, context: ApiContext) -> Answer | None:
        """None for the first to ask; a twin waits for the first one's end and then has its answer."""
        return None if claim_webhook(db, key=self.key, at=context.now) else self.earlier(db)

    def keep(self, db: Connection, answer: Answer) -> None:
        document = answer.document
        assert isinstance(document, BaseModel | Mapping), "what is done once is told in one document"
        told = {
            "fingerprint": self.fingerprint,
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": document.model_dump(mode="json", by_alias=True) if isinstance(document, BaseModel) else document,
        }
        keep_answer(db, key=self.key, answer=json.dumps(told))
