"""Why was a request not taken for Twilio's, and what should the operator do about it?"""

from collections.abc import Mapping
from enum import StrEnum


class RefusedBecause(StrEnum):
    """Stable: a metric's label, and what `sami doctor` tells. New ones are added, none is renamed."""

    NO_SIGNATURE = "no_signature"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_ADDRESS = "wrong_address"
    WRONG_ACCOUNT = "wrong_account"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    NOT_A_FORM = "not_a_form"
    MISSING_FIELD = "missing_field"


EXPLAINED: Mapping[RefusedBecause, tuple[str, str]] = {
    RefusedBecause.NO_SIGNATURE: (
        "carried no signature: a stranger, or a proxy that drops the header X-Twilio-Signature",
        "If calls fail too, let the proxy pass the header on.",
    ),
    RefusedBecause.WRONG_SIGNATURE: (
        "were signed with another auth token, or for another address",
        "Compare twilio.auth_tokens with the account's token, and server.public_url with the address in Twilio.",
    ),
    RefusedBecause.WRONG_ADDRESS: (
        "were signed by Twilio, but for another address than server.public_url",
        "Set server.public_url to exactly the address that stands in Twilio.",
    ),
    RefusedBecause.WRONG_ACCOUNT: (
        "came from another account than twilio.account_sid",
        "Set twilio.account_sid to the account that owns the lines.",
    ),
    RefusedBecause.UNKNOWN_KEY: (
        "were signed with a shared key that is not configured",
        "Add the key and its secret to twilio.shared_keys.",
    ),
    RefusedBecause.UNKNOWN_ALGORITHM: (
        "were signed in a way that is not known here",
        "Let Twilio sign with HMAC_SHA256, or update SAMI.",
    ),
    RefusedBecause.NOT_A_FORM: (
        "were no form posts",
        "In Twilio, let the number's webhooks be HTTP POST.",
    ),
    RefusedBecause.MISSING_FIELD: (
        "were signed, but lacked a field that every such request has",
        "Compare the addresses of the number in Twilio with those in the README.",
    ),
}
