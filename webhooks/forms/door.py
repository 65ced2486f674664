"""Every request for a website's form passes here: a form of ours, an answer whatever breaks, and who may read it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from flask import Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from sami import logs, metrics
from sami.database.away import DatabaseAway
from sami.domain.access.form_tokens import FORM_KEY, FormToken, TokenFault, read_token
from sami.domain.audit.entry import Door, Origin
from sami.errors import SamiError
from sami.settings.sections import SiteSettings
from webhooks.forms.answers import let_read, refuse
from webhooks.forms.refusals import (
    AWAY_RETRY_S,
    BodyTooLarge,
    Failed,
    FormRefused,
    NoSuchForm,
    NotStored,
    OriginRefused,
    TokenExpired,
    TokenRefused,
    TooFast,
    UnreadableBody,
)
from webhooks.server.edge import Edge, edge
from webhooks.server.request_door import RequestContext, pass_through
from webhooks.server.visitors import visitor_of

OVERLOADED_RETRY_S = 1

_log = logs.logger(__name__)
_FAULTS: dict[TokenFault, type[FormRefused]] = {
    TokenFault.FORGED: TokenRefused,
    TokenFault.EXPIRED: TokenExpired,
    TokenFault.TOO_FAST: TooFast,
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody on a website with a form that there is. `origin` is the website that asks, if a browser says."""

    form: str
    site: SiteSettings
    secret: str
    origin: str | None

    def refuse_other_websites(self) -> None:
        """Where websites are configured, no other one; a browser that does not say which is not refused."""
        if self.site.origins and self.origin is not None and self.origin not in self.site.origins:
            raise OriginRefused

    def refuse_unknown_websites(self) -> None:
        if self.origin not in self.site.origins:
            raise OriginRefused

    def require_token(self, written: str, now: datetime) -> FormToken:
        found = read_token(written, form=self.form, secret=self.secret, now=now)
        if isinstance(found, TokenFault):
            raise _FAULTS[found]
        return found


FormContext = RequestContext[Visitor, Edge]
View = Callable[[FormContext], Response]


class FormDoor:
    """An unsigned visitor. Without a secret in the settings there is no form at all."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._visitor: Visitor | None = None

    def edge(self) -> Edge:
        return edge()

    def place(self) -> AbstractContextManager[None]:
        """Taken later: what is refused for its token or its speed needs none."""
        return nullcontext()

    def identify(self, edge: Edge) -> Visitor:
        settings, origin = edge.settings.forms, request.headers.get("Origin")
        secret = settings.secret.get_secret_value()
        site = settings.site(self._form) if secret and FORM_KEY.fullmatch(self._form) else None
        if site is None:
            raise NoSuchForm
        self._visitor = Visitor(self._form, site, secret, origin)
        return self._visitor

    def origin(self, who: Visitor, edge: Edge) -> Origin:
        return Origin(Door.FORM, visitor_of(request, edge.settings.forms.trusted_proxies))

    def admit(self, who: Visitor, edge: Edge, now: datetime) -> None:
        """By their token and their pace, which a view asks once it knows what was sent."""

    def answer_failure(self, failure: Exception) -> Response:
        if self._visitor is None and isinstance(failure, NoSuchForm):
            return refuse(request, failure)
        return self.readable(_refused(failure, self._form))

    def readable(self, answer: Response) -> Response:
        """Lets the website that asks read the answer, where it is one of the form's own."""
        visitor = self._visitor
        return answer if visitor is None else let_read(answer, visitor.origin, visitor.site)


def form_route(view: View) -> Callable[[str], Response]:
    @wraps(view)
    def guarded(form: str) -> Response:
        door = FormDoor(form)
        return pass_through(door, lambda context: door.readable(view(context)))

    return guarded


def _refused(failure: Exception, form: str) -> Response:
    refusal = _refusal(failure)
    _log.info("A form was refused.", form=form, code=refusal.code)
    metrics.form_posts.labels(refusal.code).inc()
    return refuse(request, refusal)


def _refusal(failure: Exception) -> FormRefused:
    match failure:
        case FormRefused():
            return failure
        case RequestEntityTooLarge():
            return BodyTooLarge()
        case HTTPException():
            return UnreadableBody()
        case DatabaseAway():
            _log.warning("A form could not be stored.", detail=failure.detail)
            return NotStored(retry_after_s=AWAY_RETRY_S)
        case SamiError(status=503):
            return NotStored(retry_after_s=OVERLOADED_RETRY_S)
        case _:
            _log.error("A form failed.", exc_info=failure)
            return Failed()
