"""Every request of the API passes here: a place, a key, its scope, what was sent, and an answer whatever breaks."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from sami import clock, logs, metrics
from sami.access.api_keys import ApiKey, find_key, is_use_unnoted, note_use
from sami.database.away import DatabaseAway
from sami.domain.access.scopes import permits
from sami.domain.audit.entry import Door, Origin
from sami.errors import SamiError
from webhooks.api.gate import Gate
from webhooks.api.operations import OPERATIONS, Operation
from webhooks.api.reading import read_body, read_query, refuse_body
from webhooks.api.refusals import KeyMissing, KeyRefused, NotFound, ScopeMissing, failed, refused, refused_by_http
from webhooks.api.schemas.base import ROW_ID_MAX
from webhooks.server.edge import Edge, edge
from webhooks.server.request_door import RequestContext, pass_through
from webhooks.server.visitors import visitor_of

PREFIX = "/api/v1"
GATE = "sami_api_gate"

api = Blueprint("api", __name__)
_log = logs.logger(__name__)
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


ApiContext = RequestContext[ApiKey, Edge]
"""A request that its key permits; a view opens the transactions it needs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` may be plain JSON values where they were made elsewhere, or a text of another `media` type."""

    document: BaseModel | Sequence[BaseModel] | Mapping[str, Any] | str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str = "application/json"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that is no JSON and is read while it is given; closed in any case."""

    parts: Iterator[bytes]
    mimetype: str
    close: Callable[[], None]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


View = Callable[..., Answer | Stream]


def answers(operation: Operation) -> Callable[[View], View]:
    """The view answers this operation. Without a scope there is no operation, and so no route (S13)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**path: Any) -> Response:
            return pass_through(ApiDoor(operation), lambda context: _answer(operation, view, path, context))

        guarded.operation = operation  # type: ignore[attr-defined]
        OPERATIONS.append(operation)
        api.add_url_rule(
            PREFIX + operation.path,
            endpoint=operation.name,
            view_func=guarded,
            methods=[operation.method],
            provide_automatic_options=False,
        )
        return view

    return decorate


def gate() -> Gate:
    found: Gate = current_app.extensions[GATE]
    return found


class ApiDoor:
    """A key with the operation's scope."""

    def __init__(self, operation: Operation) -> None:
        self._scope = operation.scope

    def edge(self) -> Edge:
        return edge()

    def place(self) -> AbstractContextManager[None]:
        return gate().place()

    def identify(self, edge: Edge) -> ApiKey:
        given = request.authorization
        if given is None or given.type != "bearer" or not given.token:
            raise KeyMissing
        with edge.database.read() as db:
            key = find_key(db, given.token)
        if key is None:
            raise KeyRefused
        logs.add_context(api_key=key.name)
        return key

    def origin(self, who: ApiKey, edge: Edge) -> Origin:
        return Origin(Door.API, visitor_of(request, edge.settings.forms.trusted_proxies))

    def admit(self, who: ApiKey, edge: Edge, now: datetime) -> None:
        if is_use_unnoted(who, now):
            with edge.database.begin() as db:
                note_use(db, who, now)
        gate().count(who.id, now)
        if not permits(who.scopes, self._scope):
            raise ScopeMissing(self._scope)

    def answer_failure(self, failure: Exception) -> Response:
        match failure:
            case HTTPException():
                return refused_by_http(failure)
            case SamiError():
                if isinstance(failure, DatabaseAway):
                    _log.warning("The API could not reach the database.", detail=failure.detail)
                return refused(failure)
            case _:
                _log.error("The API failed.", exc_info=failure)
                return failed()


def _answer(operation: Operation, view: View, path: Mapping[str, Any], context: ApiContext) -> Response:
    if not all(map(_may_name_a_row, path.values())):
        raise NotFound
    response = _respond(view(context, **path, **_sent(operation)))
    if operation.may_be_unchanged:
        response.make_conditional(request)
    return response


def _may_name_a_row(part: int | str) -> bool:
    """What no row is called by must not reach the database: it would take it for a fault."""
    return 1 <= part <= ROW_ID_MAX if isinstance(part, int) else part.isprintable()


def _sent(operation: Operation) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    query = read_query(request, operation.query)
    if query is not None:
        sent["query"] = query
    if operation.body is not None:
        sent["body"] = read_body(request, operation.body)
    elif operation.changes:
        refuse_body(request)
    return sent


def _respond(answer: Answer | Stream) -> Response:
    if isinstance(answer, Stream):
        streamed = Response(answer.parts, answer.status, dict(answer.headers), mimetype=answer.mimetype)
        streamed.call_on_close(answer.close)
        return streamed
    document = answer.document
    match document:
        case str():
            body = document
        case BaseModel():
            body = _dumped(document)
        case Mapping():
            body = _encode(document)
        case _:
            body = f"[{','.join(map(_dumped, document))}]"
    return Response(body, answer.status, dict(answer.headers), mimetype=answer.media)


def _dumped(document: BaseModel) -> str:
    return document.model_dump_json(by_alias=True)


@api.before_request
def _begin() -> None:
    g.api_began = clock.monotonic()


@api.app_errorhandler(HTTPException)
def _refuse_unrouted(error: HTTPException) -> Response | HTTPException:
    """An address of the API that is none is refused in the API's own shape too."""
    return refused_by_http(error) if _is_ours(request.path) else error


@api.after_app_request
def _finish(response: Response) -> Response:
    """Nothing is kept by anybody on the way, nothing is a page, and every request is counted and told (R22)."""
    if not _is_ours(request.path):
        return response
    if response.mimetype == "text/html":  # A redirection to another writing of the address.
        response = refused(NotFound())
    response.headers["Cache-Control"] = "no-store"
    route = f"{request.method} {request.url_rule}" if request.url_rule else "unknown"
    took_s = clock.monotonic() - g.get("api_began", clock.monotonic())
    metrics.api_requests.labels(route, response.status_code).inc()
    metrics.api_seconds.labels(route).observe(took_s)
    _log.info("The API answered.", route=route, status=response.status_code, took_ms=round(took_s * 1000))
    return response


def _is_ours(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")
