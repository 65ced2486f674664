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
def incoming(asked: TwilioRequest) -> str:
    return _said(
        asked, inbound.begin_call(asked.db, form_fields.arrival(asked.form), asked.edge.call_settings, asked.now)
    )


@voice.post("/menu/<int:turn>")
@twilio_webhook(on="caller")
def menu(asked: TwilioRequest, turn: int) -> str:
    return _hear(asked, form_fields.replied(asked.form, turn))


@voice.post("/menu/<int:turn>/silence")
@twilio_webhook(on="caller")
def menu_silence(asked: TwilioRequest, turn: int) -> str:
    return _hear(asked, Replied(turn))


@voice.post("/question/<int:turn>")
@twilio_webhook(on="caller")
def question(asked: TwilioRequest, turn: int) -> str:
    return _hear(asked, form_fields.replied(asked.form, turn))


@voice.post("/question/<int:turn>/silence")
@twilio_webhook(on="caller")
def question_silence(asked: TwilioRequest, turn: int) -> str:
    return _hear(asked, Replied(turn))


@voice.post("/dialled/<int:turn>")
@twilio_webhook(on="caller")
def dialled(asked: TwilioRequest, turn: int) -> str:
    report = form_fields.dial_report(asked.form)
    settings = asked.edge.call_settings
    return _said(asked, inbound.end_dial(asked.db, asked.call_sid, turn, report, settings, asked.now))


@voice.post("/wait/<int:turn>")
@twilio_webhook(on="waiting")
def wait(asked: TwilioRequest, turn: int) -> str:
    instruction, call = queue.wait(asked.db, asked.call_sid, turn, asked.edge.call_settings, asked.now)
    asked.is_urgent = call.is_urgent
    first = form_fields.is_first_wait(asked.form)
    call_back = first and call_back_at(asked.db, call, asked.now) is not None
    return asked.edge.renderer.wait(instruction, call.bot, first=first, call_back=call_back)


@voice.post("/queue/<int:turn>/key")
@twilio_webhook(on="waiting")
def queue_key(asked: TwilioRequest, turn: int) -> str:
    """A key while waiting. Any but those of the message and of the call back changes nothing."""
    key = asked.form.get("Digits")
    if key not in (CALL_BACK_KEY, MESSAGE_KEY):
        return asked.edge.renderer.wait(KeepWaiting(turn, 1), None)
    settings, call_back = asked.edge.call_settings, key == CALL_BACK_KEY
    wanted = inbound.want_message(asked.db, asked.call_sid, turn, settings, asked.now, call_back=call_back)
    leaves = isinstance(wanted.instruction, LeaveQueue)
    return asked.edge.renderer.wait(LeaveQueue() if leaves else KeepWaiting(turn, 1), wanted.bot)


@voice.post("/queue/<int:turn>")
@twilio_webhook(on="caller")
def queue_ended(asked: TwilioRequest, turn: int) -> str:
    signal = form_fields.queue_ended(asked.form, turn)
    answered = inbound.end_queue(asked.db, asked.call_sid, signal, asked.edge.call_settings, asked.now)
    if signal.result is QueueResult.REDIRECTED and isinstance(answered.instruction, OldNews):
        # This answer is ignored by Twilio, which is fetching the same next document already.
        return asked.edge.renderer.resume(turn)
    return _said(asked, answered)


@voice.post("/resume/<int:turn>")
@twilio_webhook(on="caller")
def resume(asked: TwilioRequest, turn: int) -> str:
    """Fetched out of long hold music: the same as leaving the queue."""
    signal = QueueEnded(turn, QueueResult.LEAVE, form_fields.caller_left(asked.form))
    return _said(asked, inbound.end_queue(asked.db, asked.call_sid, signal, asked.edge.call_settings, asked.now))


@voice.post("/message/<int:turn>")
@twilio_webhook(on="caller")
def message(asked: TwilioRequest, turn: int) -> str:
    settings = asked.edge.call_settings
    return _said(asked, inbound.end_message(asked.db, asked.call_sid, turn, settings, asked.now))


@voice.post("/message/<int:turn>/key")
@twilio_webhook(on="caller")
def message_key(asked: TwilioRequest, turn: int) -> str:
    """A key instead of a message, after nobody took the call."""
    call_back = asked.form.get("Digits") == CALL_BACK_KEY
    settings = asked.edge.call_settings
    return _said(
        asked,
        inbound.choose_after_all(asked.db, asked.call_sid, turn, call_back=call_back, settings=settings, now=asked.now),
    )


def _status_key(form: Form) -> str:
    return f"{form['CallSid']} status {form['CallStatus']}"


@voice.post("/status")
@twilio_webhook(on="status", required=("CallSid", "CallStatus"), key=_status_key)
def status(asked: TwilioRequest) -> str:
    if form_fields.caller_left(asked.form):
        asked.is_urgent = inbound.end_call(asked.db, asked.call_sid, asked.edge.call_settings, asked.now)
    return ""


def _hear(asked: TwilioRequest, reply: Replied) -> str:
    return _said(asked, inbound.hear_reply(asked.db, asked.call_sid, reply, asked.edge.call_settings, asked.now))


def _said(asked: TwilioRequest, answered: Answered) -> str:
    if isinstance(answered.instruction, OldNews) and not over_the_line(asked.form):
        raise LiveButForgotten(f"call {asked.call_sid} asks for a turn that is over")
    asked.is_urgent = answered.is_urgent
    return asked.edge.renderer.answer(answered)


class LiveButForgotten(Exception):
    """A caller who is still there asks about a turn that is over: a person answers by the safety net, not silence."""
