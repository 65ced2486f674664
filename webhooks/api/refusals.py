"""Every refusal of the API in one shape: a code for programs, a sentence for people, and the fields that are wrong."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from sami.database.away import DatabaseAway
from sami.domain.access.scopes import Scope
from sami.errors import SamiError

RETRY_AFTER_S = 1
FAULT_OF_OURS = 500


@dataclass(frozen=True, slots=True)
class FieldFault:
    """`field` is a path, lists counted from one: `tags[2]`. `wrong` is to be read after it."""

    field: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class RowFault(FieldFault):
    """In a document of several rows: `row` is the row's key, or `#2` where it has none."""

    table: str
    row: str


class ApiRefusal(SamiError):
    """The request cannot be answered."""

    code = "refused"
    status = 400

    def __init__(
        self, detail: str = "", *, fields: tuple[FieldFault, ...] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.fields = fields
        self.headers = dict(headers or {})


class InvalidJson(ApiRefusal):
    """The body is not JSON."""

    code = "invalid_json"


class KeyMissing(ApiRefusal):
    """A key is needed; send it as `Authorization: Bearer sami_...`."""

    code = "key_missing"
    status = 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="sami"'})


class KeyRefused(ApiRefusal):
    """This key is unknown or was revoked."""

    code = "key_refused"
    status = 401

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="sami", error="invalid_token"'})


class ScopeMissing(ApiRefusal):
    """This key may not do that."""

    code = "scope_missing"
    status = 403

    def __init__(self, scope: Scope) -> None:
        told = f'Bearer realm="sami", error="insufficient_scope", scope="{scope}"'
        super().__init__(f"It lacks the scope {scope}.", headers={"WWW-Authenticate": told})


class NotFound(ApiRefusal):
    """There is nothing here."""

    code = "not_found"
    status = 404


class MethodRefused(ApiRefusal):
    """This address does not know that method."""

    code = "method_not_allowed"
    status = 405


class Conflict(ApiRefusal):
    """That is not possible as things stand."""

    code = "conflict"
    status = 409


class BodyTooLarge(ApiRefusal):
    """The body is larger than 256 kB."""

    code = "body_too_large"
    status = 413


class NotJson(ApiRefusal):
    """Send JSON, with the header `Content-Type: application/json`."""

    code = "unsupported_media_type"
    status = 415


class InvalidFields(ApiRefusal):
    """Something in the request is wrong; nothing was changed."""

    code = "invalid_fields"
    status = 422

    def __init__(self, *fields: FieldFault) -> None:
        super().__init__(fields=fields)


class IdempotencyKeyReused(ApiRefusal):
    """This idempotency key was used for another request: method, address and body have to be the same."""

    code = "idempotency_key_reused"
    status = 422


class TooManyRequests(ApiRefusal):
    """This key asks more often than it may."""

    code = "too_many_requests"
    status = 429


class Overloaded(ApiRefusal):
    """Too many requests at once; calls come first. Please ask again in a moment."""

    code = "overloaded"
    status = 503

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_S)})


_OF_HTTP: dict[int, type[ApiRefusal]] = {404: NotFound, 405: MethodRefused, 413: BodyTooLarge, 415: NotJson}


def refused(refusal: SamiError) -> Response:
    """A refusal is told in full, because who asked can put it right; of a fault of ours only its public sentence."""
    message = str(refusal) if refusal.status < FAULT_OF_OURS else refusal.sentence
    if isinstance(refusal, ApiRefusal):
        return _response(refusal.code, refusal.status, message, refusal.fields, refusal.headers)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(refusal, DatabaseAway) else {}
    return _response(refusal.code, refusal.status, message, (), headers)


def refused_by_http(error: HTTPException) -> Response:
    """What the web library refuses by itself: an unknown address or method, a body without end."""
    kind = _OF_HTTP.get(error.code or 500)
    if kind is None:
        return refused(ApiRefusal())
    allowed = error.get_headers() if kind is MethodRefused else []
    return refused(kind(headers={name: value for name, value in allowed if name == "Allow"}))


def failed() -> Response:
    """A fault of ours: what it was stands in the log (S20)."""
    return _response(SamiError.code, SamiError.status, SamiError().sentence, (), {})


def _response(
    code: str, status: int, message: str, fields: tuple[FieldFault, ...], headers: Mapping[str, str]
) -> Response:
    error: dict[str, Any] = {"code": code, "message": message, "fields": [asdict(fault) for fault in fields]}
    return Response(json.dumps({"error": error}), status, headers, mimetype="application/json")
