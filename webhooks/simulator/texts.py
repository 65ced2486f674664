"""How do texts travel? In through a line's webhook, out through REST or a reply, and back as their status."""

from __future__ import annotations

from dataclasses import replace

from webhooks.simulator.exchange import Text
from webhooks.simulator.legs import Exchange
from webhooks.simulator.signing import Form
from webhooks.simulator.twiml.document import Element, NotTwiml

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})

OPTED_OUT, LANDLINE, UNREACHABLE, NOT_OURS, TOO_LONG = 21610, 30006, 30003, 21606, 21617
BODY_MAX = 1600

SENT_AFTER_S, DELIVERED_AFTER_S = 0.5, 1.5


def receive_text(exchange: Exchange, from_: str, to: str, body: str) -> Text:
    """A phone texts a line; Twilio acts on its own words first, and tells the program all the same."""
    text = Text(exchange.sid("SM"), exchange.timeline.now, from_, to, body, "inbound", "received")
    _obey_carrier_words(exchange, text)
    exchange.texts[text.sid] = text
    line = exchange.lines[to]
    if line.answers_texts:
        exchange.timeline.post(lambda: _announce(exchange, text, line.sms_url))
    return text


def send_text(
    exchange: Exchange, from_: str, to: str, body: str, direction: str, status_callback: str | None = None
) -> Text:
    """Accepted: its fate is told by callbacks. Refusals are the business of whoever asks."""
    text = Text(
        exchange.sid("SM"),
        exchange.timeline.now,
        from_,
        to,
        body,
        direction,
        "queued",
        status_callback=status_callback,
    )
    exchange.texts[text.sid] = text
    exchange.timeline.post(lambda: _plan_fate(exchange, text))
    return text


def is_blocked(exchange: Exchange, line: str, phone: str) -> bool:
    return (line, phone) in exchange.blocked


def _obey_carrier_words(exchange: Exchange, text: Text) -> None:
    word = text.body.strip().upper()
    if word in STOP_WORDS:
        exchange.blocked.add((text.to, text.from_))
    elif word in START_WORDS:
        exchange.blocked.discard((text.to, text.from_))


def _announce(exchange: Exchange, text: Text, url: str) -> None:
    form = [
        ("MessageSid", text.sid),
        ("SmsSid", text.sid),
        ("SmsMessageSid", text.sid),
        ("AccountSid", exchange.account_sid),
        ("From", text.from_),
        ("To", text.to),
        ("Body", text.body),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
        ("FromCity", ""),
        ("FromState", "TX"),
        ("FromCountry", "US"),
        ("ToState", "TX"),
        ("ToCountry", "US"),
    ]
    try:
        replies = exchange.posting.fetch(url, form, frozenset({"Message"}))
    except NotTwiml:
        return  # Kept as a fault; the sender hears nothing.
    for reply in replies:
        _reply(exchange, text, reply)


def _reply(exchange: Exchange, text: Text, message: Element) -> None:
    body = message.text + "".join(part.text for part in message.children if part.name == "Body")
    to, from_ = message.get("to", text.from_), message.get("from", text.to)
    if not body or len(body) > BODY_MAX:
        exchange.posting.note_fault("(a reply)", TOO_LONG, f"has {len(body)} characters")
        return
    sent = send_text(exchange, from_, to, body, "outbound-reply", message.find("statusCallback"))
    if is_blocked(exchange, from_, to):
        move_text(exchange, sent.sid, "failed", OPTED_OUT)


def _plan_fate(exchange: Exchange, text: Text) -> None:
    if exchange.texts[text.sid].status != "queued":
        return  # Refused in the meantime.
    phone = exchange.phone(text.to)
    error_code = LANDLINE if phone.landline else UNREACHABLE if phone.unreachable else None
    exchange.timeline.after(SENT_AFTER_S, lambda: move_text(exchange, text.sid, "sent"))
    fate = "delivered" if error_code is None else "undelivered"
    exchange.timeline.after(DELIVERED_AFTER_S, lambda: move_text(exchange, text.sid, fate, error_code))


def move_text(exchange: Exchange, sid: str, status: str, error_code: int | None = None) -> None:
    moved = replace(exchange.texts[sid], status=status, error_code=error_code)
    exchange.texts[sid] = moved
    exchange.posting.notify(moved.status_callback, _status_form(exchange, moved))


def _status_form(exchange: Exchange, text: Text) -> Form:
    form = [
        ("MessageSid", text.sid),
        ("SmsSid", text.sid),
        ("MessageStatus", text.status),
        ("SmsStatus", text.status),
        ("AccountSid", exchange.account_sid),
        ("From", text.from_),
        ("To", text.to),
        ("ApiVersion", "2010-04-01"),
    ]
    return form if text.error_code is None else [*form, ("ErrorCode", str(text.error_code))]
