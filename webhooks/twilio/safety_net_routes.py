"""The routes of the safety net, answered from memory; what happened is kept for later."""

import logging
from urllib.parse import urlsplit

from flask import Blueprint, Response

from sami import logs, metrics
from webhooks.twilio import form_fields
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TWIML, Identified, answered_from_memory, over_the_line, spool, spooled, wants_nobody
from webhooks.twilio.safety_net import ENGLISH
from webhooks.twilio.spool_replay import apply_late

safety = Blueprint("safety", __name__, url_prefix="/webhooks/voice")

_log = logging.getLogger(__name__)


@safety.post("/fallback")
@answered_from_memory("caller")
def fallback(context: Identified) -> Response:
    """Twilio's fallback URL: one of our answers did not arrive, so nothing is asked of anything that could fail."""
    here, form = context.edge, context.who
    failed = urlsplit(form.get("ErrorUrl", "")).path
    if wants_nobody(form, failed):
        body = here.safety_net.called_document(form_fields.line_of(form))
        _count(form)
        return Response(body, mimetype=TWIML)
    body = here.safety_net.document(form_fields.line_of(form), 0, form_fields.caller_of(form))
    _count(form)
    _keep(here, form)
    return Response(body, mimetype=TWIML)


@safety.post("/safety/<int:position>")
@answered_from_memory("caller")
def dialled(context: Identified, position: int) -> Response:
    here, form = context.edge, context.who
    body = here.safety_net.after_dial(
        form_fields.line_of(form),
        position,
        over=over_the_line(form),
        caller=form_fields.caller_of(form),
    )
    _keep(here, form)
    return Response(body, mimetype=TWIML)


@safety.post("/safety/confirm")  # As releases without a language in it handed it out.
@safety.post("/safety/confirm/<string(maxlength=5):language>")
@answered_from_memory("leg")
def confirm(context: Identified, language: str = ENGLISH) -> Response:
    return Response(context.edge.safety_net.confirm_document(language), mimetype=TWIML)


@safety.post("/safety/confirmed")
@safety.post("/safety/confirmed/<string(maxlength=5):language>")
@answered_from_memory("leg")
def confirmed(context: Identified, language: str = ENGLISH) -> Response:
    return Response(context.edge.safety_net.confirmed(context.who.get("Digits", ""), language), mimetype=TWIML)


@safety.post("/safety/recorded")
@answered_from_memory("caller")
def recorded(context: Identified) -> Response:
    return Response(context.edge.safety_net.recorded_document(), mimetype=TWIML)


def _count(form: Form) -> None:
    """That Twilio had to ask here is a failure of ours (R22); one that cannot be counted is still answered."""
    with logs.bound(call_sid=form["CallSid"]):
        try:
            _log.error("asked_at_the_fallback_url")
            metrics.safety_net_answers.labels("fallback_url").inc()
        except Exception:
            _log.exception("failure_not_counted")


def _keep(edge: TwilioEdge, form: Form) -> None:
    """Stored at once where the database is there, else on disk until it is. The answer does not wait for either."""
    with logs.bound(call_sid=form["CallSid"]):
        try:
            apply_late(edge, spooled(form))
        except Exception as failure:
            _log.warning("kept_for_later", extra={"reason": type(failure).__name__})
            spool(edge, form)
