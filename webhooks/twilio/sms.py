"""Texts: what reaches a line, and what became of those we sent. What cannot be stored is not acknowledged (R3)."""

from flask import Blueprint

from sami.domain.language.characters import storable
from sami.domain.language.phone import E164, read_caller
from sami.texts.delivery import DeliveryReport, note_delivery
from sami.texts.message import InboundText
from sami.texts.receiving import receive_text
from webhooks.twilio.form_fields import Form, attachments, message_status, opt_out_type
from webhooks.twilio.guard import TwilioRequest, twilio_webhook
from webhooks.twilio.twiml import render_message

sms = Blueprint("sms", __name__, url_prefix="/webhooks/sms")


def _key(form: Form) -> str:
    return form["MessageSid"]


def _status_key(form: Form) -> str:
    return f"{form['MessageSid']} {form['MessageStatus']}"


@sms.post("")
@twilio_webhook(on="message", required=("MessageSid", "From", "To"), key=_key)
def incoming(request: TwilioRequest) -> str:
    settings = request.edge.settings
    classify = bool(settings.texts.classifier_url)
    heard = _text(request.form)
    hours = request.edge.call_settings.contact_hours
    said = receive_text(request.db, heard, settings.limits, request.now, classify=classify, hours=hours)
    return render_message(said)


@sms.post("/status")
@twilio_webhook(on="status", required=("MessageSid", "MessageStatus"), key=_status_key)
def status(request: TwilioRequest) -> str:
    note_delivery(request.db, _report(request.form), request.now)
    return ""


def _text(form: Form) -> InboundText:
    """A picture without words is told in words, so that whoever is handed the text on knows of it."""
    body = storable(form.get("Body", ""))
    media = attachments(form)
    return InboundText(
        sid=form["MessageSid"],
        sender=read_caller(form["From"]),
        line=E164(form["To"]),
        body=body or ("(a picture)" if form.get("NumMedia", "0") not in ("", "0") else ""),
        opt_out_type=opt_out_type(form),
        media=media,
        written_as=form["From"],
    )


def _report(form: Form) -> DeliveryReport:
    code = form.get("ErrorCode", "")
    return DeliveryReport(
        sid=form["MessageSid"],
        status=message_status(form),
        phone=read_caller(form.get("To", "")),
        error_code=int(code) if code.isdecimal() else None,
    )
