"""How does REST list the account's numbers, and change where their calls and texts are announced?"""

from __future__ import annotations

from dataclasses import replace

from webhooks.simulator.exchange import Line
from webhooks.simulator.legs import Exchange
from webhooks.simulator.rest.shapes import INVALID_PARAMETER, Fields, Json, Refused, not_found, page, rfc2822
from webhooks.simulator.twiml.grammar import url

INVALID_URL, INVALID_METHOD = 21402, 21403

URLS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
}
METHODS = {
    "VoiceMethod": "voice_method",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallbackMethod": "status_callback_method",
    "SmsMethod": "sms_method",
    "SmsFallbackMethod": "sms_fallback_method",
}
OTHERS = {
    "FriendlyName": "friendly_name",
    "VoiceApplicationSid": "voice_application_sid",
    "SmsApplicationSid": "sms_application_sid",
    "TrunkSid": "trunk_sid",
}
LIST_FIELDS = frozenset({"PhoneNumber", "FriendlyName", "Page", "PageSize", "PageToken"})


def list_numbers(exchange: Exchange, path: str, fields: Fields) -> Json:
    """`PhoneNumber` is a part of it, as Twilio reads it."""
    fields.refuse_unknown(LIST_FIELDS)
    part, name = fields.get("PhoneNumber"), fields.find("FriendlyName")
    found = [
        line
        for line in list(exchange.lines.values())
        if part.lstrip("+") in line.phone and name in (None, friendly_name(line))
    ]
    return page(path, "incoming_phone_numbers", found, lambda line: shape_number(exchange, line), fields)


def find_number(exchange: Exchange, path: str, sid: str) -> Line:
    for line in list(exchange.lines.values()):
        if line.sid == sid:
            return line
    raise not_found(path)


def update_number(exchange: Exchange, path: str, sid: str, fields: Fields) -> Json:
    """What is not said stays; an empty value takes away what stood there."""
    fields.refuse_unknown(frozenset({*URLS, *METHODS, *OTHERS}))
    line = find_number(exchange, path, sid)
    changed = replace(line, **_urls(fields), **_methods(fields), **_others(fields))
    if fields.get("TrunkSid"):
        changed = replace(changed, voice_application_sid="")
    elif fields.get("VoiceApplicationSid"):
        changed = replace(changed, trunk_sid="")
    exchange.lines[line.phone] = changed
    return shape_number(exchange, changed)


def friendly_name(line: Line) -> str:
    return line.friendly_name or line.phone


def shape_number(exchange: Exchange, line: Line) -> Json:
    account = exchange.account_sid
    return {
        "sid": line.sid,
        "account_sid": account,
        "friendly_name": friendly_name(line),
        "phone_number": line.phone,
        **{name: getattr(line, name) for name in (*URLS.values(), *METHODS.values())},
        "voice_application_sid": line.voice_application_sid,
        "sms_application_sid": line.sms_application_sid,
        "trunk_sid": line.trunk_sid or None,
        "voice_caller_id_lookup": False,
        "voice_receive_mode": "voice",
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "address_requirements": "none",
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "api_version": "2010-04-01",
        "date_created": rfc2822(exchange.timeline.now),
        "date_updated": rfc2822(exchange.timeline.now),
        "uri": f"/2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{line.sid}.json",
    }


def _urls(fields: Fields) -> dict[str, str]:
    given = {name: fields.find(name) for name in URLS}
    for name, value in given.items():
        if value and (not value.startswith(("http://", "https://")) or url(value) is not None):
            raise Refused(400, INVALID_URL, f"{name} is not a valid URL: {value}")
    return {URLS[name]: value for name, value in given.items() if value is not None}


def _methods(fields: Fields) -> dict[str, str]:
    given = {name: fields.find(name) for name in METHODS}
    for name, value in given.items():
        if value not in (None, "", "GET", "POST"):
            raise Refused(400, INVALID_METHOD, f"{name} must be GET or POST, not {value}")
    return {METHODS[name]: value or "POST" for name, value in given.items() if value is not None}


def _others(fields: Fields) -> dict[str, str]:
    given = {name: fields.find(name) for name in OTHERS}
    for name, prefix in (("VoiceApplicationSid", "AP"), ("SmsApplicationSid", "AP"), ("TrunkSid", "TK")):
        if given[name] and not str(given[name]).startswith(prefix):
            raise Refused(400, INVALID_PARAMETER, f"{name} must begin with {prefix}")
    return {OTHERS[name]: value for name, value in given.items() if value is not None}
