"""The lead's side of an outbound call: who answers, and how it ended. What follows an answer: `voice`."""

from flask import Blueprint

from sami.calls import outbound
from webhooks.twilio import form_fields
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TwilioRequest, twilio_webhook

placed = Blueprint("placed", __name__, url_prefix="/webhooks/voice/placed/<string(length=16):ref>")


@placed.post("")
@twilio_webhook(on="called")
def answered(request: TwilioRequest, ref: str) -> str:
    answered_by = form_fields.answered_by(request.form)
    settings = request.edge.call_settings
    return request.edge.renderer.answer(
        outbound.answer_placed(request.db, ref, request.call_sid, answered_by, settings, request.now)
    )


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} placed {form['CallStatus']}"


@placed.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(request: TwilioRequest, ref: str) -> str:
    report = form_fields.leg_report(request.form, request.now)
    answered_by = form_fields.answered_by(request.form)
    request.is_urgent = outbound.report_outbound(
        request.db, ref, report, answered_by, request.edge.call_settings, request.now
    )
    return ""
