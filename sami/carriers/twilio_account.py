"""What Twilio's REST API says of the account itself, and where it announces the calls and texts of our numbers.

Every function raises CarrierError with what became of the request, each within the timeout of `Carrier`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from sami.carriers.twilio import Carrier
from sami.domain.organisation.line_addresses import SETTINGS

NUMBERS_MAX = 1_000  # One page.
SERVICES_MAX = 20
SHAKEN_POLICY = "RN7a97559effdf62d00f4298208492a5ea"
"""Twilio's own name, of all accounts, for what a trust product for signed calls must prove."""
APPROVED = "twilio-approved"


@dataclass(frozen=True, slots=True)
class Account:
    """`their_time` is Twilio's clock as it answered; None where the answer carried none."""

    name: str
    status: str
    is_trial: bool
    their_time: datetime | None


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account. `addresses`: see `sami.domain.organisation.line_addresses`."""

    sid: str
    phone: str
    addresses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextStanding:
    """What messaging services make of texts.

    Registration is for phones in the United States (A2P 10DLC): `phones` are in a service with a campaign. `diverted`:
    phones whose own address for texts is ignored, each with the service's, empty where texts to it go nowhere.
    """

    brands: tuple[str, ...]
    campaigns: tuple[str, ...]
    phones: frozenset[str]
    diverted: Mapping[str, str]

    @property
    def is_registered(self) -> bool:
        return "VERIFIED" in self.campaigns


def read_account(carrier: Carrier) -> Account:
    with carrier.asked() as client:
        answer = client.api.v2010.account.fetch_with_http_info()
        found = answer.data
        return Account(str(found.friendly_name), str(found.status), found.type == "Trial", _date_in(answer.headers))


def list_numbers(carrier: Carrier) -> list[Number]:
    with carrier.asked() as client:
        return [_number(found) for found in client.incoming_phone_numbers.stream(page_size=1000, limit=NUMBERS_MAX)]


def write_addresses(carrier: Carrier, number_sid: str, addresses: Mapping[str, str]) -> Number:
    """The number as it then stands; what is empty is taken away there."""
    with carrier.asked() as client:
        return _number(client.incoming_phone_numbers(number_sid).update(**addresses))


def read_text_standing(carrier: Carrier) -> TextStanding:
    with carrier.asked() as client:
        messaging = client.messaging.v1
        brands = [str(brand.status) for brand in messaging.brand_registrations.stream(limit=SERVICES_MAX)]
        campaigns, phones, diverted = list[str](), set[str](), dict[str, str]()
        for service in messaging.services.stream(limit=SERVICES_MAX):
            theirs = messaging.services(service.sid)
            found = [str(campaign.campaign_status) for campaign in theirs.us_app_to_person.stream(limit=SERVICES_MAX)]
            campaigns += found
            here = {row.phone_number for row in theirs.phone_numbers.stream(limit=NUMBERS_MAX)}
            if "VERIFIED" in found:
                phones |= here
            if service.use_inbound_webhook_on_number is False:
                diverted |= dict.fromkeys(here, str(service.inbound_request_url or ""))
        return TextStanding(tuple(brands), tuple(campaigns), frozenset(phones), diverted)


def signed_numbers(carrier: Carrier) -> frozenset[str]:
    """SIDs of the numbers whose calls are signed with full attestation (SHAKEN/STIR)."""
    with carrier.asked() as client:
        products = client.trusthub.v1.trust_products
        approved = products.stream(policy_sid=SHAKEN_POLICY, status=APPROVED, limit=SERVICES_MAX)
        return frozenset(
            row.channel_endpoint_sid
            for product in approved
            for row in products(product.sid).trust_products_channel_endpoint_assignment.stream(limit=NUMBERS_MAX)
        )


def _number(found: Any) -> Number:
    addresses = {setting: str(getattr(found, setting, None) or "") for setting in SETTINGS}
    return Number(str(found.sid), str(found.phone_number), addresses)


def _date_in(headers: Mapping[str, str] | None) -> datetime | None:
    """None where there is none, or it is not plainly one."""
    try:
        date = parsedate_to_datetime((headers or {})["Date"])
    except (KeyError, ValueError):
        return None
    return date if date.tzinfo is not None else None
