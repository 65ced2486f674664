"""The rung phone's side of a test ring. Whatever breaks here hangs up, and the phone stays unverified."""

from flask import Blueprint

from sami.agents import verification as service
from sami.domain.delivery.carrier_words import OVER
from webhooks.twilio import form_fields
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TwilioRequest, twilio_webhook

verification = Blueprint("verification", __name__, url_prefix="/webhooks/voice/test-ring/<string(length=16):ref>")


@verification.post("")
@twilio_webhook(on="leg")
def picked_up(request: TwilioRequest, ref: str) -> str:
    return request.edge.renderer.test_ring(service.answer_test_ring(request.db, ref, request.call_sid))


@verification.post("/key/<int:turn>")
@twilio_webhook(on="leg")
def pressed(request: TwilioRequest, ref: str, turn: int) -> str:
    """The turn is in the path because a key may be asked for more than once."""
    said = service.press_key(request.db, ref, request.form.get("Digits", ""), request.now)
    return request.edge.renderer.test_ring(said, turn + 1)


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} test ring {form['CallStatus']}"


@verification.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(request: TwilioRequest, ref: str) -> str:
    report = form_fields.leg_report(request.form, request.now)
    if report.status in OVER:
        service.end_test_ring(request.db, ref, report.status, request.now)
    return ""
