"""Recordings become known some time after they were made: a message is linked to its task, a talk to its call."""

import logging

from flask import Blueprint, Response

from sami import logs
from sami.calls import inbound
from sami.store.calls import find_call, update_call
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import Identified, TwilioRequest, answered_from_memory, spool, twilio_webhook

recordings = Blueprint("recordings", __name__, url_prefix="/webhooks/voice/recording")

_log = logging.getLogger(__name__)


@recordings.post("")
@answered_from_memory("status", required=("CallSid", "RecordingUrl"))
def message(context: Identified) -> Response:
    """A voicemail. It is live voice: what cannot be stored now is kept on disk and applied later (R3)."""
    here, form = context.edge, context.who
    try:
        with context.begin() as db:
            url = form["RecordingUrl"]
            inbound.keep_recording(db, form["CallSid"], url=url, settings=here.call_settings, now=context.now)
    except Exception:
        with logs.bound(call_sid=form["CallSid"]):
            _log.exception("recording_spooled")
            if not spool(here, form):
                return Response("not stored, please send it again", 503, mimetype="text/plain")
    return Response(status=204)


def _key(form: Form) -> str:
    return f"{form['RecordingSid']} {form.get('RecordingStatus', 'completed')}"


@recordings.post("/talk")
@twilio_webhook(on="status", required=("CallSid", "RecordingSid", "RecordingUrl"), key=_key)
def talk(request: TwilioRequest) -> str:
    call = find_call(request.db, request.call_sid)
    if call is not None:
        update_call(request.db, call.id, recording_url=request.form["RecordingUrl"])
    return ""
