"""A rung phone's side. Whatever breaks here hangs up: a document that runs out would join the caller."""

from flask import Blueprint

from sami.calls import legs as service
from webhooks.twilio import form_fields
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TwilioRequest, twilio_webhook

legs = Blueprint("legs", __name__, url_prefix="/webhooks/voice/leg/<string(length=16):attempt>")


@legs.post("")
@twilio_webhook(on="leg")
def picked_up(asked: TwilioRequest, attempt: str) -> str:
    settings = asked.edge.call_settings
    answered = service.answer_leg(asked.db, attempt, asked.call_sid, settings, asked.now)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


@legs.post("/key")
@twilio_webhook(on="leg")
def pressed(asked: TwilioRequest, attempt: str) -> str:
    digits = asked.form.get("Digits", "")
    answered = service.press_key(asked.db, attempt, digits, asked.edge.call_settings, asked.now)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


@legs.post("/key/<int:number>")
@twilio_webhook(on="leg")
def pressed_again(asked: TwilioRequest, attempt: str, number: int) -> str:
    """After a key that means nothing; each asking has an address of its own, so that none means two things."""
    digits = asked.form.get("Digits", "")
    answered = service.press_key(asked.db, attempt, digits, asked.edge.call_settings, asked.now, number=number)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


@legs.post("/parted")
@twilio_webhook(on="leg")
def parted(asked: TwilioRequest, attempt: str) -> str:
    bridged = form_fields.dial_report(asked.form).bridged
    answered = service.part(asked.db, attempt, bridged, asked.edge.call_settings, asked.now)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


@legs.post("/called")
@twilio_webhook(on="leg")
def called(asked: TwilioRequest, attempt: str) -> str:
    """The agent who called back has parted from the lead, or never met them."""
    report = form_fields.dial_report(asked.form)
    answered = service.called_back(asked.db, attempt, report, asked.edge.call_settings, asked.now)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


@legs.post("/result")
@twilio_webhook(on="leg")
def result(asked: TwilioRequest, attempt: str) -> str:
    digits = asked.form.get("Digits", "")
    answered = service.press_result(asked.db, attempt, digits, asked.edge.call_settings, asked.now)
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.leg(answered)


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} leg {form['CallStatus']}"


@legs.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(asked: TwilioRequest, attempt: str) -> str:
    report = form_fields.leg_report(asked.form, asked.now)
    asked.is_urgent = service.report_leg(asked.db, attempt, report, asked.edge.call_settings, asked.now)
    return ""
