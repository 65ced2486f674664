"""How does REST send texts, and how are they looked up?"""

from __future__ import annotations

from datetime import timedelta

from webhooks.simulator.exchange import Text
from webhooks.simulator.legs import Exchange
from webhooks.simulator.rest.shapes import Fields, Json, Refused, is_within, not_found, page, rfc2822
from webhooks.simulator.texts import BODY_MAX, NOT_OURS, OPTED_OUT, TOO_LONG, is_blocked, send_text

INVALID_TO, NO_BODY = 21211, 21602

CREATE_FIELDS = frozenset({"To", "From", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"})


def create_message(exchange: Exchange, fields: Fields) -> Json:
    fields.refuse_unknown(CREATE_FIELDS)
    to, body = fields.phone("To", INVALID_TO), fields.get("Body")
    from_ = _permitted_from(exchange, fields)
    if not body:
        raise Refused(400, NO_BODY, "Message body is required.")
    if len(body) > BODY_MAX:
        raise Refused(400, TOO_LONG, "The concatenated message body exceeds the 1600 character limit.")
    if is_blocked(exchange, from_, to):
        raise Refused(400, OPTED_OUT, "Attempt to send to unsubscribed recipient")
    return shape_text(exchange, send_text(exchange, from_, to, body, "outbound-api", fields.url("StatusCallback")))


def list_messages(exchange: Exchange, path: str, fields: Fields, delay_s: float) -> Json:
    """Newest first; a text may be missing from the list for a while after it was accepted."""
    listed_until = exchange.timeline.now - timedelta(seconds=delay_s)
    to, from_ = fields.find("To"), fields.find("From")
    found = [
        text
        for text in reversed(list(exchange.texts.values()))
        if (to is None or text.to == to)
        and (from_ is None or text.from_ == from_)
        and text.at <= listed_until
        and is_within(text.at, fields, "DateSent")
    ]
    return page(path, "messages", found, lambda text: shape_text(exchange, text), fields)


def find_message(exchange: Exchange, path: str, sid: str) -> Json:
    if sid not in exchange.texts:
        raise not_found(path)
    return shape_text(exchange, exchange.texts[sid])


def shape_text(exchange: Exchange, text: Text) -> Json:
    return {
        "sid": text.sid,
        "account_sid": exchange.account_sid,
        "messaging_service_sid": None,
        "from": text.from_,
        "to": text.to,
        "body": text.body,
        "direction": text.direction,
        "status": text.status,
        "error_code": text.error_code,
        "error_message": None,
        "num_segments": str(-(-len(text.body) // 160) or 1),
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "date_created": rfc2822(text.at),
        "date_sent": rfc2822(text.at),
        "date_updated": rfc2822(text.at),
        "uri": f"/2010-04-01/Accounts/{exchange.account_sid}/Messages/{text.sid}.json",
        "subresource_uris": {},
    }


def _permitted_from(exchange: Exchange, fields: Fields) -> str:
    """One of our lines; a messaging service sends from the first of them."""
    if fields.find("MessagingServiceSid") is not None and exchange.lines:
        return fields.get("From") or next(iter(exchange.lines))
    from_ = fields.get("From")
    if from_ not in exchange.lines:
        raise Refused(400, NOT_OURS, f"The 'From' phone number provided ({from_}) is not one of the account")
    return from_
