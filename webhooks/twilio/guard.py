"""Every request of Twilio's passes here: signature, key, transaction, clock, and an answer whatever breaks.

A route says who is listening, because that decides what a failure sounds like: a caller is rung through to the fallback
numbers, a lead whom we called hears an apology, a called leg hangs up (its document running out would join the caller),
a waiting caller leaves the queue, a text and a status are not acknowledged.
"""

import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, Literal, NoReturn, ParamSpec

from flask import Request, Response, request
from sqlalchemy import Connection
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge

from sami import clock, logs, metrics
from sami.calls.inbound import LineUnknown
from sami.database.away import DatabaseAway, DatabaseBusy
from sami.domain.access.refused_webhooks import RefusedBecause
from sami.domain.audit.entry import Door, Origin
from sami.domain.calls.outbound_calls import NEVER_AGAIN_KEY
from sami.store.work import answer_given, claim_webhook, keep_answer
from webhooks.server.request_door import RequestContext, pass_through
from webhooks.twilio import form_fields
from webhooks.twilio.edge import TwilioEdge, twilio_edge
from webhooks.twilio.form_fields import Form
from webhooks.twilio.signatures import Refused, raw_target
from webhooks.twilio.spool import SpooledRequest
from webhooks.twilio.spool_replay import apply_late, is_asking

TWIML = "text/xml"
# A lock is waited for a second, a statement for one and a half; twice that is within the leg's four seconds.
ONCE_MORE_WITHIN_S = 1.6
LEG_ANSWERED_WITHIN_S = 3.8

Listener = Literal["caller", "called", "leg", "waiting", "message", "status"]
# The menu of a call of ours, where nothing was pressed.
_SILENCE = re.compile(r"/webhooks/voice/menu/\d+/silence")
_MENU = re.compile(r"/webhooks/voice/menu/\d+")
_PATIENT = frozenset({"leg", "message", "status"})
P = ParamSpec("P")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class TwilioRequest:
    """One genuine request inside its transaction. `now` was read once.

    A view sets `is_urgent` when somebody waits for what it wrote to the outbox.
    """

    form: Form
    db: Connection
    now: datetime
    edge: TwilioEdge
    is_urgent: bool = False

    @property
    def call_sid(self) -> str:
        return self.form["CallSid"]


View = Callable[Concatenate[TwilioRequest, P], str]
Identified = RequestContext[Form, TwilioEdge]
"""Twilio proved itself by its signature; who asks is known by the fields."""


class TwilioDoor:
    """`on`: who is listening, which decides what a failure sounds like."""

    def __init__(self, on: Listener, required: tuple[str, ...], key: Callable[[Form], str] | None = None) -> None:
        self.on = on
        self.key: str | None = None
        self._required = required
        self._key_of = key
        self._form: Form | None = None

    def edge(self) -> TwilioEdge:
        return twilio_edge()

    def place(self) -> AbstractContextManager[None]:
        """Calls have threads of their own, and are never refused for others."""
        return nullcontext()

    def identify(self, edge: TwilioEdge) -> Form:
        self._form = _genuine_form(request, edge, self._required)
        if self.on != "waiting":
            self.key = _key(self._form, self._key_of)
        return self._form

    def origin(self, who: Form, edge: TwilioEdge) -> Origin:
        """A text comes from a phone; Twilio's own addresses say nothing."""
        return Origin(Door.TEXT, who.get("From", "")) if self.on == "message" else Origin(Door.CALL)

    def admit(self, who: Form, edge: TwilioEdge, now: datetime) -> None:
        """Whoever Twilio is, it may."""

    def answer_failure(self, failure: Exception) -> Response:
        """Who was not identified is refused by the web library's own answer."""
        if self._form is None:
            raise failure
        return _fail(self.edge(), self.on, self._form, self.key, failure)


def twilio_webhook(
    on: Listener, *, required: tuple[str, ...] = ("CallSid",), key: Callable[[Form], str] | None = None
) -> Callable[[View[P]], Callable[P, Response]]:
    """The view runs once for each key; a twin that comes meanwhile or later hears the same words (R4).

    Without a key of its own, a request is told apart by its call and path; the path carries the turn. A waiting caller
    asks the same again and again, so those answers come from state instead.
    """

    def decorate(view: View[P]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            door = TwilioDoor(on, required, key)
            return pass_through(door, lambda context: _answer(context, view, door, args, kwargs))

        return guarded

    return decorate


def answered_from_memory(
    on: Listener, *, required: tuple[str, ...] = ("CallSid",)
) -> Callable[[Callable[Concatenate[Identified, P], Response]], Callable[P, Response]]:
    """For what must not wait for a database: the view has no transaction, and sees to what is kept itself."""

    def decorate(view: Callable[Concatenate[Identified, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            return pass_through(TwilioDoor(on, required), lambda context: view(context, *args, **kwargs))

        return guarded

    return decorate


def _answer(
    context: Identified, view: Callable[..., str], door: TwilioDoor, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Response:
    known = context.edge.last_words.find(door.key) if door.key else None
    if known is not None:
        return _respond(known)
    run = _run_once_more if door.on in _PATIENT else _run
    body, is_urgent = run(context, view, door.key, args, kwargs)
    if is_urgent:
        _nudge(context.edge)
    return _respond(body)


def _run_once_more(
    context: Identified, view: Callable[..., str], key: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, bool]:
    """Somebody else holds the call, who took it most likely: the safety net could not say so to whoever comes late.

    Of two who each hold what the other waits for, PostgreSQL refuses one: nobody listens to a text or a status, so
    those are simply tried again, because Twilio would not repeat them.
    """
    began = clock.monotonic()
    try:
        return _run(context, view, key, args, kwargs)
    except DatabaseBusy as failure:
        took_s = clock.monotonic() - began
        if took_s > ONCE_MORE_WITHIN_S:
            raise
        _log.warning("tried_once_more", extra={"reason": str(failure)})
    return _run(context, view, key, args, kwargs, deadline_s=LEG_ANSWERED_WITHIN_S - took_s)


def _run(
    context: Identified,
    view: Callable[..., str],
    key: str | None,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    deadline_s: float | None = None,
) -> tuple[str, bool]:
    """The answer, and whether the outbox should speak at once."""
    now = context.now
    with context.begin(deadline_s) as db:
        webhook = TwilioRequest(context.who, db, now, context.edge)
        if key is None:
            return view(webhook, *args, **kwargs), webhook.is_urgent
        if not claim_webhook(db, key=key, at=now):
            known = answer_given(db, key)
            assert known is not None, "a key and its answer are committed together"
            return known, False
        body = view(webhook, *args, **kwargs)
        keep_answer(db, key=key, answer=body)
        return body, webhook.is_urgent


def _nudge(edge: TwilioEdge) -> None:
    """Right after the commit; the worker's beat is the second chance, so the answer does not depend on this one."""
    try:
        edge.legs.nudge()
    except Exception:
        _log.exception("not_nudged")


def _fail(edge: TwilioEdge, on: Listener, form: Form, key: str | None, failure: Exception) -> Response:
    _tell_of(failure, on)
    match on:
        case "called":
            body = edge.safety_net.called_document(form_fields.line_of(form))
        case "caller" if wants_nobody(form, request.path):
            body = edge.safety_net.called_document(form_fields.line_of(form))
        case "caller":
            body = edge.safety_net.after_dial(
                form_fields.line_of(form),
                0,
                over=form_fields.caller_left(form) or form_fields.were_joined(form),
                caller=form_fields.caller_of(form),
            )
            spool(edge, form)
        case "leg":
            body = edge.safety_net.leg_document()
            _keep_asked(edge, form, failure)
        case "waiting":
            return _respond(edge.safety_net.wait_document())
        case "message" | "status":
            return Response("not stored, please send it again", 503, mimetype="text/plain")
    if key is not None:
        edge.last_words.keep(key, body)
    return _respond(body)


def _keep_asked(edge: TwilioEdge, form: Form, failure: Exception) -> None:
    """Whoever is hung up on before they could take the call has missed nothing (R25), and their leg's end comes next.

    So it is stored at once where the database is there, else kept on disk until it is.
    """
    if not is_asking(request.path):
        return
    if not isinstance(failure, DatabaseAway):
        try:
            apply_late(edge, spooled(form))
            return
        except Exception:
            _log.exception("kept_for_later")
    spool(edge, form)


def wants_nobody(form: Form, path: str) -> bool:
    """We called them, and they did not ask for a person so far: they are not rung through to anybody."""
    if not form_fields.is_called(form):
        return False
    is_greeted = path.startswith("/webhooks/voice/placed/") or _SILENCE.fullmatch(path) is not None
    return is_greeted or (_MENU.fullmatch(path) is not None and form.get("Digits") == NEVER_AGAIN_KEY)


def _tell_of(failure: Exception, on: Listener) -> None:
    """Counted and logged (R22). A counter's file on a full disk must not cost the caller the answer."""
    try:
        if isinstance(failure, DatabaseAway):
            _log.error("answered_without_database", extra={"listener": on, "reason": str(failure)})
        elif isinstance(failure, LineUnknown):
            _log.warning("line_not_in_organisation", extra={"listener": on, "reason": str(failure)})
        else:
            _log.error("webhook_failed", extra={"listener": on}, exc_info=failure)
        metrics.safety_net_answers.labels(type(failure).__name__).inc()
    except Exception:
        _log.exception("failure_not_counted")


def spool(edge: TwilioEdge, form: Form) -> bool:
    """What live voice was answered is kept on disk; a disk that fails too must not cost the caller the answer."""
    try:
        edge.spool.append(spooled(form))
        return True
    except Exception:
        _log.exception("not_spooled")
        return False


def spooled(form: Form) -> SpooledRequest:
    """The request being answered, as it is kept."""
    fields = tuple((name, value) for name, values in form.lists() for value in values)
    return SpooledRequest(request.path, fields, clock.utc_now())


def _genuine_form(asked: Request, edge: TwilioEdge, required: tuple[str, ...]) -> Form:
    """The fields of a request that Twilio signed for this address and account; anything else is a 403 (S1)."""
    try:
        form = asked.form
    except RequestEntityTooLarge:
        raise
    except Exception as failure:
        raise Forbidden from failure
    if edge.settings.twilio.validate_signatures:
        refused = edge.signatures.refusal(asked, form)
        if refused is not None:
            _refuse(edge, refused)
    lacking = next((name for name in required if not form.get(name)), None)
    if lacking is not None:
        _refuse(edge, Refused(RefusedBecause.MISSING_FIELD, edge.public_url + raw_target(asked.environ), lacking))
    logs.add_context(call_sid=form.get("CallSid", ""))
    return form


def _refuse(edge: TwilioEdge, refused: Refused) -> NoReturn:
    edge.refused.note(refused, clock.utc_now())
    raise Forbidden


def _key(form: Form, key: Callable[[Form], str] | None) -> str:
    return key(form) if key is not None else f"{form['CallSid']} {request.path}"


def _respond(body: str) -> Response:
    return Response(body, 200, mimetype=TWIML) if body else Response(status=204)


def over_the_line(form: Form) -> bool:
    """The answer will not be run: the caller is gone, or both have spoken."""
    return form_fields.caller_left(form) or form_fields.is_bridged(form)
