"""A website's form posts what a visitor typed, and it becomes a lead; its page fetches a token for each visitor."""

import json
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Protocol

from flask import Blueprint, Response, current_app, request
from flask.blueprints import BlueprintSetupState

from sami import metrics
from sami.apply import apply
from sami.domain.access.form_tokens import FILLED_IN_AFTER, VISIT_LASTS, FormToken, TokenKind, seal_token
from sami.domain.language.actor import Actor, ActorKind
from sami.domain.leads.arrivals import NewLead
from sami.domain.leads.written_values import Wrong, doubts_of
from sami.domain.outcomes.effects import WriteTimeline
from sami.leads.intake import VISITOR, receive_lead
from sami.leads.refusals import AgentsPhone
from sami.store.facts import read_directory
from sami.store.work import answer_given, claim_webhook, keep_answer
from sami.workers.intake import UnreadablePhone, prepare_lead
from webhooks.forms.answers import hand_out, permit, thank
from webhooks.forms.door import FormContext, form_route
from webhooks.forms.limits import Limits, one_household
from webhooks.forms.reading import (
    HONEYPOT,
    SUBMISSION,
    TOKEN,
    Consent,
    read_consent,
    read_fields,
    read_post,
    read_submission,
)
from webhooks.forms.refusals import TooMany, WrongFields
from webhooks.server.visitors import visitor_of

RECEIVED, HONEYPOTTED = "received", "honeypot"
LIMITS = "sami_form_limits"
PLACES = "sami_api_gate"
"""The API's: both together leave threads to the calls, which come first (R20)."""

web_forms = Blueprint("web_forms", __name__, url_prefix="/forms")


class Places(Protocol):
    def place(self) -> AbstractContextManager[None]: ...


@web_forms.record_once
def _begin(state: BlueprintSetupState) -> None:
    forms = state.app.extensions["sami"].settings.forms
    limits = Limits(posts_per_address=forms.posts_per_address, posts_per_form=forms.posts_per_form)
    state.app.extensions[LIMITS] = limits


@web_forms.post("/<form>", provide_automatic_options=False)
@form_route
def submit(context: FormContext) -> Response:
    context.who.refuse_other_websites()
    fields = read_fields(request)
    token = context.who.require_token(fields.get(TOKEN, ""), context.now)
    if fields.get(HONEYPOT):  # It is thanked too, so that it does not learn what gave it away.
        metrics.form_posts.labels(HONEYPOTTED).inc()
        return thank(request, context.who.site)
    _count(context)
    places: Places = current_app.extensions[PLACES]
    with places.place():
        doubts = _take_in(context, fields, _key(context, fields, token))
    metrics.form_posts.labels(RECEIVED).inc()
    return thank(request, context.who.site, doubts)


@web_forms.get("/<form>/token", provide_automatic_options=False)
@form_route
def read_token(context: FormContext) -> Response:
    context.who.refuse_unknown_websites()
    until = context.now + VISIT_LASTS
    token = FormToken(TokenKind.VISIT, context.now, until, secrets.token_urlsafe(12))
    sealed = seal_token(token, form=context.who.form, secret=context.who.secret)
    return hand_out(sealed, expires_in_s=int(VISIT_LASTS.total_seconds()), fill_in_s=FILLED_IN_AFTER.seconds)


@web_forms.route("/<form>", methods=["OPTIONS"])
@form_route
def may_submit(context: FormContext) -> Response:
    context.who.refuse_unknown_websites()
    return permit("POST")


@web_forms.route("/<form>/token", methods=["OPTIONS"])
@form_route
def may_read_token(context: FormContext) -> Response:
    context.who.refuse_unknown_websites()
    return permit("GET")


def _count(context: FormContext) -> None:
    limits: Limits = current_app.extensions[LIMITS]
    trusted = context.edge.settings.forms.trusted_proxies
    address = one_household(visitor_of(request, trusted))
    wait_s = limits.take(context.who.form, address, context.now)
    if wait_s is not None:
        raise TooMany(retry_after_s=wait_s)


def _key(context: FormContext, fields: Mapping[str, str], token: FormToken) -> str | None:
    """The same words of one visitor are one message, also where the page names no submission; what they put right since
    is another one, and as welcome (S27).
    """
    named = read_submission(request, fields)
    if named is None and token.kind is TokenKind.PAGE:
        return None
    typed = {name: text for name, text in fields.items() if name not in (TOKEN, SUBMISSION)}
    told_by = json.dumps([named or f"visit {token.nonce}", typed], sort_keys=True)
    return f"form/{context.who.form}/{sha256(told_by.encode()).hexdigest()}"


def _take_in(context: FormContext, fields: Mapping[str, str], key: str | None) -> tuple[Wrong, ...]:
    """What of it is not as it was meant. What came already is as well received as before, and changes nothing."""
    with context.read() as db:
        country = read_directory(db).organisation.country
        came_already = key is not None and answer_given(db, key) is not None
    new = read_post(fields, context.who.site, country, context.now)
    if came_already:
        return doubts_of(new)
    try:
        _receive(context, new, read_consent(fields), key)
    except (AgentsPhone, UnreadablePhone):
        raise WrongFields(Wrong("phone", "cannot be used here", "write your own")) from None
    return doubts_of(new)


def _receive(context: FormContext, new: NewLead, consent: Consent | None, key: str | None) -> None:
    database, by = context.edge.database, Actor(ActorKind.FORM, context.who.form)
    prepared = prepare_lead(database, new, now=context.now)
    with database.begin() as db:
        if key is not None and not claim_webhook(db, key=key, at=context.now):
            return
        received = receive_lead(db, prepared, by=by, now=context.now, door=VISITOR)
        if consent is not None:
            apply(db, [WriteTimeline(received.lead_id, "consent", f"{consent} ({by})")], context.now)
        if key is not None:
            keep_answer(db, key=key, answer=RECEIVED)
