"""What does REST say of the account's standing with carriers? Brands and campaigns for texts, trust products for calls.

These are other hosts of Twilio's, messaging and trusthub, and are read only: whoever registers does so in its console.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from webhooks.simulator.legs import Exchange
from webhooks.simulator.rest.shapes import Fields, Json, meta_page, not_found

MESSAGING, TRUST_HUB = "messaging.twilio.com", "trusthub.twilio.com"
SHAKEN_POLICY = "RN7a97559effdf62d00f4298208492a5ea"
PRIMARY_PROFILE_POLICY = "RN6433641899984f951173ef1738c3bdd0"
BRAND, SERVICE, CAMPAIGN = "BN" + "b" * 32, "MG" + "e" * 32, "QE" + "c" * 32
PRODUCT, PROFILE, ASSIGNMENT = "BU" + "d" * 32, "BU" + "f" * 32, "RA"


@dataclass(slots=True)
class Registrations:
    """One brand with one campaign, whose service holds the account's numbers; None where nothing was ever applied for.

    `texting` are the phones in the service and `signing` those in the trust product; None: all of the account.
    """

    brand: str | None = "APPROVED"
    campaign: str | None = "VERIFIED"
    trust: str | None = "twilio-approved"
    texting: set[str] | None = field(default=None)
    signing: set[str] | None = field(default=None)
    inbound_url: str | None = None
    """Where the service has texts sent instead of to the number's own address; empty: nowhere; None: it does not."""


def read_registrations(exchange: Exchange, known: Registrations, path: str, fields: Fields) -> Json:
    fields.refuse_unknown(frozenset({"Page", "PageSize", "PageToken", "PolicySid", "Status"}))
    match path.removeprefix("/v1/").split("/"):
        case ["a2p", "BrandRegistrations"]:
            return _messaging(path, "data", _brands(exchange, known), fields)
        case ["Services"]:
            return _messaging(path, "services", _services(exchange, known), fields)
        case ["Services", sid, "Compliance", "Usa2p"] if sid == SERVICE:
            return _messaging(path, "compliance", _campaigns(exchange, known), fields)
        case ["Services", sid, "PhoneNumbers"] if sid == SERVICE:
            return _messaging(path, "phone_numbers", _numbers(exchange, known.texting), fields)
        case ["TrustProducts"]:
            return _trust(path, _products(exchange, known), fields)
        case ["CustomerProfiles"]:
            return _trust(path, _profiles(exchange), fields)
        case ["TrustProducts", sid, "ChannelEndpointAssignments"] if sid == PRODUCT:
            return _trust(path, _assignments(exchange, known), fields)
    raise not_found(path)


def _messaging(path: str, name: str, rows: list[Json], fields: Fields) -> Json:
    return meta_page(MESSAGING, path, name, rows, dict, fields)


def _trust(path: str, rows: list[Json], fields: Fields) -> Json:
    asked = {key: fields.find(name) for name, key in (("PolicySid", "policy_sid"), ("Status", "status"))}
    found = [row for row in rows if all(value in (None, row.get(key)) for key, value in asked.items())]
    return meta_page(TRUST_HUB, path, "results", found, dict, fields)


def _brands(exchange: Exchange, known: Registrations) -> list[Json]:
    if known.brand is None:
        return []
    return [_row(exchange, BRAND, status=known.brand, brand_type="STANDARD", failure_reason=None, mock=False)]


def _services(exchange: Exchange, known: Registrations) -> list[Json]:
    if known.campaign is None:
        return []
    registered = known.campaign == "VERIFIED"
    own = {"use_inbound_webhook_on_number": known.inbound_url is None, "inbound_request_url": known.inbound_url or None}
    return [_row(exchange, SERVICE, friendly_name="Leads", us_app_to_person_registered=registered, **own)]


def _campaigns(exchange: Exchange, known: Registrations) -> list[Json]:
    stated = {"brand_registration_sid": BRAND, "messaging_service_sid": SERVICE, "us_app_to_person_usecase": "MIXED"}
    return [_row(exchange, CAMPAIGN, campaign_status=known.campaign, mock=False, **stated)]


def _numbers(exchange: Exchange, phones: set[str] | None) -> list[Json]:
    lines = [line for line in list(exchange.lines.values()) if phones is None or line.phone in phones]
    return [_row(exchange, line.sid, phone_number=line.phone, service_sid=SERVICE) for line in lines]


def _products(exchange: Exchange, known: Registrations) -> list[Json]:
    if known.trust is None:
        return []
    return [_row(exchange, PRODUCT, friendly_name="SHAKEN/STIR", policy_sid=SHAKEN_POLICY, status=known.trust)]


def _profiles(exchange: Exchange) -> list[Json]:
    stated = {"policy_sid": PRIMARY_PROFILE_POLICY, "status": "twilio-approved"}
    return [_row(exchange, PROFILE, friendly_name="Business", **stated)]


def _assignments(exchange: Exchange, known: Registrations) -> list[Json]:
    lines = [line for line in list(exchange.lines.values()) if known.signing is None or line.phone in known.signing]
    shared = {"trust_product_sid": PRODUCT, "channel_endpoint_type": "phone-number"}
    return [_row(exchange, ASSIGNMENT + line.sid[2:], channel_endpoint_sid=line.sid, **shared) for line in lines]


def _row(exchange: Exchange, sid: str, **stated: object) -> Json:
    at = f"{exchange.timeline.now:%Y-%m-%dT%H:%M:%SZ}"
    return {"sid": sid, "account_sid": exchange.account_sid, "date_created": at, "date_updated": at, **stated}
