"""A rung phone's side. Whatever breaks here hangs up: a document that runs out would join the caller."""

from flask import Blueprint

from sami.calls import legs as service
from webhooks.twilio import form_fields
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TwilioRequest, twilio_webhook

legs = Blueprint("legs", __name__, url_prefix="/webhooks/voice/leg/<string(length=16):attempt>")


@legs.post("")
@twilio_webhook(on="leg")
def picked_up(request: TwilioRequest, attempt: str) -> str:
    settings = request.edge.call_settings
    answered = service.answer_leg(request.db, attempt, request.call_sid, settings, request.now)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


@legs.post("/key")
@twilio_webhook(on="leg")
def pressed(request: TwilioRequest, attempt: str) -> str:
    digits = request.form.get("Digits", "")
    answered = service.press_key(request.db, attempt, digits, request.edge.call_settings, request.now)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


@legs.post("/key/<int:number>")
@twilio_webhook(on="leg")
def pressed_again(request: TwilioRequest, attempt: str, number: int) -> str:
    """After a key that means nothing; each asking has an address of its own, so that none means two things."""
    digits = request.form.get("Digits", "")
    answered = service.press_key(request.db, attempt, digits, request.edge.call_settings, request.now, number=number)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


@legs.post("/parted")
@twilio_webhook(on="leg")
def parted(request: TwilioRequest, attempt: str) -> str:
    bridged = form_fields.dial_report(request.form).bridged
    answered = service.part(request.db, attempt, bridged, request.edge.call_settings, request.now)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


@legs.post("/called")
@twilio_webhook(on="leg")
def called(request: TwilioRequest, attempt: str) -> str:
    """The agent who called back has parted from the lead, or never met them."""
    report = form_fields.dial_report(request.form)
    answered = service.called_back(request.db, attempt, report, request.edge.call_settings, request.now)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


@legs.post("/result")
@twilio_webhook(on="leg")
def result(request: TwilioRequest, attempt: str) -> str:
    digits = request.form.get("Digits", "")
    answered = service.press_result(request.db, attempt, digits, request.edge.call_settings, request.now)
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.leg(answered)


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} leg {form['CallStatus']}"


@legs.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(request: TwilioRequest, attempt: str) -> str:
    report = form_fields.leg_report(request.form, request.now)
    request.is_urgent = service.report_leg(request.db, attempt, report, request.edge.call_settings, request.now)
    return ""
