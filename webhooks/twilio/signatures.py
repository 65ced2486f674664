"""Is this request Twilio's, of our account, and for our address? And if not, why (S1)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Request
from twilio.request_validator import RequestValidator  # noqa: TID251 - this is the door.

from sami.domain.access.refused_webhooks import RefusedBecause
from sami.settings.sections import TwilioSettings
from webhooks.twilio.form_fields import Form

SIGNATURE = "X-Twilio-Signature"
SHARED_KEY = "X-Twilio-Webhooks-Signature-Settings"
SHA256 = "HMAC_SHA256"
_PART = re.compile(r"\s*([A-Za-z]+)\s*=\s*([A-Za-z0-9_-]+)\s*")


@dataclass(frozen=True, slots=True)
class Refused:
    """`address` is what a signature was checked against."""

    because: RefusedBecause
    address: str
    detail: str = ""


class Signatures:
    """Every secret that Twilio may sign with: tokens, of which there are two while one is rotated, and shared keys."""

    def __init__(self, twilio: TwilioSettings, public_url: str) -> None:
        self._account = twilio.account_sid
        self._public_url = public_url
        self._tokens = tuple(RequestValidator(token.get_secret_value()) for token in twilio.auth_tokens)
        self._shared = {key: RequestValidator(secret.get_secret_value()) for key, secret in twilio.shared_keys.items()}

    def refusal(self, asked: Request, form: Form) -> Refused | None:
        """None for a genuine request."""
        target = raw_target(asked.environ)
        url = self._public_url + target
        if asked.mimetype != "application/x-www-form-urlencoded":
            # A JSON body is signed by a hash of its own, and no route of ours takes one.
            return Refused(RefusedBecause.NOT_A_FORM, url)
        signature = asked.headers.get(SIGNATURE, "")
        if not signature:
            return Refused(RefusedBecause.NO_SIGNATURE, url)
        signed = self._signed(asked.headers.get(SHARED_KEY))
        if isinstance(signed, RefusedBecause):
            return Refused(signed, url)
        if not signed.fits(url, form, signature):
            return self._misfit(asked, signed, url, target, form, signature)
        if self._account and form.get("AccountSid") != self._account:
            return Refused(RefusedBecause.WRONG_ACCOUNT, url, f"account ending {form.get('AccountSid', '')[-4:]}")
        return None if form.get("AccountSid") else Refused(RefusedBecause.MISSING_FIELD, url, "AccountSid")

    def _signed(self, shared: str | None) -> "_Signed | RefusedBecause":
        """By which secrets, and how, a request with this header was signed (beta since September 2026)."""
        if shared is None:
            return _Signed(self._tokens, None)
        named = _read_settings(shared)
        if named.get("algorithm") != SHA256:
            return RefusedBecause.UNKNOWN_ALGORITHM
        validator = self._shared.get(named.get("key", ""))
        return RefusedBecause.UNKNOWN_KEY if validator is None else _Signed((validator,), SHA256)

    def _misfit(self, asked: Request, signed: "_Signed", url: str, target: str, form: Form, signature: str) -> Refused:
        """A right secret and a wrong address look like a forgery; only the operator's remedy differs."""
        for base in _other_bases(self._public_url, asked.host):
            if signed.fits(base + target, form, signature):
                return Refused(RefusedBecause.WRONG_ADDRESS, url, f"signed for {base}")
        return Refused(RefusedBecause.WRONG_SIGNATURE, url)


@dataclass(frozen=True, slots=True)
class _Signed:
    validators: tuple[RequestValidator, ...]
    algorithm: str | None

    def fits(self, url: str, form: Form, signature: str) -> bool:
        try:
            return any(one.validate(url, form, signature, self.algorithm) for one in self.validators)
        except (TypeError, ValueError):
            return False


def raw_target(environ: Mapping[str, Any]) -> str:
    """Path and query as they came over the wire: decoded escapes would break the signature."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if raw:
        return str(raw)
    query = environ.get("QUERY_STRING", "")
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), safe="/!$&'()*+,;=:@~-._%")
    return f"{path}?{query}" if query else path


def _read_settings(header: str) -> dict[str, str]:
    """`key=...,algorithm=...`; what cannot be read names nothing."""
    parts = (_PART.fullmatch(part) for part in header.split(","))
    return {found[1].lower(): found[2] for found in parts if found}


def _other_bases(public_url: str, host: str) -> Iterator[str]:
    """Where Twilio may have been told that we are, by mistake: only to name the mistake, never to accept it."""
    there = urlsplit(public_url)
    yield f"{'http' if there.scheme == 'https' else 'https'}://{there.netloc}{there.path}"
    if host != there.netloc:
        yield f"https://{host}{there.path}"
        yield f"http://{host}{there.path}"
