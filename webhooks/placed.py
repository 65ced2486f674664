"""The lead's side of a call that we placed: who answers, and how it ended. What follows an answer: `webhooks.voice`."""

from flask import Blueprint

from sami.calls import placing
from webhooks import forms
from webhooks.forms import Form
from webhooks.guard import TwilioRequest, twilio_webhook

placed = Blueprint("placed", __name__, url_prefix="/webhooks/voice/placed/<string(length=16):ref>")


@placed.post("")
@twilio_webhook(on="called")
def answered(asked: TwilioRequest, ref: str) -> str:
    answered_by = forms.answered_by(asked.form)
    settings = asked.edge.call_settings
    return asked.edge.renderer.answer(
        placing.answer_placed(asked.db, ref, asked.call_sid, answered_by, settings, asked.now)
    )


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} placed {form['CallStatus']}"


@placed.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(asked: TwilioRequest, ref: str) -> str:
    report = forms.leg_report(asked.form, asked.now)
    answered_by = forms.answered_by(asked.form)
    asked.is_urgent = placing.report_placed(asked.db, ref, report, answered_by, asked.edge.call_settings, asked.now)
    return ""
