"""The caller's side of a call. Each URL carries the number of its turn, so that none means two things."""

from flask import Blueprint

from sami.calls import inbound, queue
from sami.calls.call_back_promise import call_back_at
from sami.calls.inbound import Answered
from sami.domain.calls.instructions import KeepWaiting, LeaveQueue, OldNews
from sami.domain.calls.signals import QueueEnded, Replied
from sami.domain.delivery.carrier_words import QueueResult
from webhooks.twilio import form_fields
from webhooks.twilio.form_fields import Form
from webhooks.twilio.guard import TwilioRequest, over_the_line, twilio_webhook
from webhooks.twilio.twiml import CALL_BACK_KEY, MESSAGE_KEY

voice = Blueprint("voice", __name__, url_prefix="/webhooks/voice")


@voice.post("")
@twilio_webhook(on="caller", required=("CallSid", "To"))
def incoming(request: TwilioRequest) -> str:
    return _said(
        request,
        inbound.begin_call(request.db, form_fields.arrival(request.form), request.edge.call_settings, request.now),
    )


@voice.post("/menu/<int:turn>")
@twilio_webhook(on="caller")
def menu(request: TwilioRequest, turn: int) -> str:
    return _hear(request, form_fields.replied(request.form, turn))


@voice.post("/menu/<int:turn>/silence")
@twilio_webhook(on="caller")
def menu_silence(request: TwilioRequest, turn: int) -> str:
    return _hear(request, Replied(turn))


@voice.post("/question/<int:turn>")
@twilio_webhook(on="caller")
def question(request: TwilioRequest, turn: int) -> str:
    return _hear(request, form_fields.replied(request.form, turn))


@voice.post("/question/<int:turn>/silence")
@twilio_webhook(on="caller")
def question_silence(request: TwilioRequest, turn: int) -> str:
    return _hear(request, Replied(turn))


@voice.post("/dialled/<int:turn>")
@twilio_webhook(on="caller")
def dialled(request: TwilioRequest, turn: int) -> str:
    report = form_fields.dial_report(request.form)
    settings = request.edge.call_settings
    return _said(request, inbound.end_dial(request.db, request.call_sid, turn, report, settings, request.now))


@voice.post("/wait/<int:turn>")
@twilio_webhook(on="waiting")
def wait(request: TwilioRequest, turn: int) -> str:
    instruction, call = queue.wait(request.db, request.call_sid, turn, request.edge.call_settings, request.now)
    request.is_urgent = call.is_urgent
    first = form_fields.is_first_wait(request.form)
    call_back = first and call_back_at(request.db, call, request.now) is not None
    return request.edge.renderer.wait(instruction, call.bot, first=first, call_back=call_back)


@voice.post("/queue/<int:turn>/key")
@twilio_webhook(on="waiting")
def queue_key(request: TwilioRequest, turn: int) -> str:
    """A key while waiting. Any but those of the message and of the call back changes nothing."""
    key = request.form.get("Digits")
    if key not in (CALL_BACK_KEY, MESSAGE_KEY):
        return request.edge.renderer.wait(KeepWaiting(turn, 1), None)
    settings, call_back = request.edge.call_settings, key == CALL_BACK_KEY
    wanted = inbound.want_message(request.db, request.call_sid, turn, settings, request.now, call_back=call_back)
    leaves = isinstance(wanted.instruction, LeaveQueue)
    return request.edge.renderer.wait(LeaveQueue() if leaves else KeepWaiting(turn, 1), wanted.bot)


@voice.post("/queue/<int:turn>")
@twilio_webhook(on="caller")
def queue_ended(request: TwilioRequest, turn: int) -> str:
    signal = form_fields.queue_ended(request.form, turn)
    answered = inbound.end_queue(request.db, request.call_sid, signal, request.edge.call_settings, request.now)
    if signal.result is QueueResult.REDIRECTED and isinstance(answered.instruction, OldNews):
        # This answer is ignored by Twilio, which is fetching the same next document already.
        return request.edge.renderer.resume(turn)
    return _said(request, answered)


@voice.post("/resume/<int:turn>")
@twilio_webhook(on="caller")
def resume(request: TwilioRequest, turn: int) -> str:
    """Fetched out of long hold music: the same as leaving the queue."""
    signal = QueueEnded(turn, QueueResult.LEAVE, form_fields.caller_left(request.form))
    return _said(
        request, inbound.end_queue(request.db, request.call_sid, signal, request.edge.call_settings, request.now)
    )


@voice.post("/message/<int:turn>")
@twilio_webhook(on="caller")
def message(request: TwilioRequest, turn: int) -> str:
    settings = request.edge.call_settings
    return _said(request, inbound.end_message(request.db, request.call_sid, turn, settings, request.now))


@voice.post("/message/<int:turn>/key")
@twilio_webhook(on="caller")
def message_key(request: TwilioRequest, turn: int) -> str:
    """A key instead of a message, after nobody took the call."""
    call_back = request.form.get("Digits") == CALL_BACK_KEY
    settings = request.edge.call_settings
    return _said(
        request,
        inbound.choose_after_all(
            request.db, request.call_sid, turn, call_back=call_back, settings=settings, now=request.now
        ),
    )


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} status {form['CallStatus']}"


@voice.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(request: TwilioRequest) -> str:
    if form_fields.caller_left(request.form):
        request.is_urgent = inbound.end_call(request.db, request.call_sid, request.edge.call_settings, request.now)
    return ""


def _hear(request: TwilioRequest, reply: Replied) -> str:
    return _said(
        request, inbound.hear_reply(request.db, request.call_sid, reply, request.edge.call_settings, request.now)
    )


def _said(request: TwilioRequest, answered: Answered) -> str:
    if isinstance(answered.instruction, OldNews) and not over_the_line(request.form):
        raise LiveButForgotten(f"call {request.call_sid} asks for a turn that is over")
    request.is_urgent = answered.is_urgent
    return request.edge.renderer.answer(answered)


class LiveButForgotten(Exception):
    """A caller who is still there asks about a turn that is over: a person answers by the safety net, not silence."""
