"""Does what Twilio posts to our public address arrive here, as it was signed? And what else is open there?"""

import secrets
from collections.abc import Iterator
from ipaddress import ip_address

from sami.carriers.public_address import NotReached, Reached, ask_ourselves
from sami.doctor.check import Check, advice, fine, wrong
from sami.domain.access.canary import NONCE, PATH, proof, signature
from sami.domain.language.web_address import address_problem, read_address
from sami.settings.loading import Settings

NAME = "public_url"
ROUND_TRIP = "round_trip"
_SET = "Set server.public_url to the https:// address that Twilio reaches you by, such as https://calls.example.com."
_SHUT = frozenset({401, 403, 404})
_FORBIDDEN = 403


def check_public_address(settings: Settings) -> Iterator[Check]:
    url = settings.server.public_url
    if not url:
        yield wrong(NAME, "server.public_url is empty: signatures are checked against a local address.", _SET)
        return
    if _is_inside(url) and not _is_inside(settings.twilio.api_url):
        yield wrong(NAME, f"server.public_url {url} is no address of the public network: Twilio cannot reach it.", _SET)
        return
    if url.startswith("http://"):
        sentence = "server.public_url begins with http://: callers' names and words travel in the clear."
        yield advice(NAME, sentence, "Let the proxy speak TLS, and write https:// here and in Twilio.")
    answer = _post_canary(settings)
    if answer is None:
        yield advice(
            ROUND_TRIP, "Without an auth token the public address cannot be proven.", "Set twilio.auth_tokens."
        )
        return
    problem = _problem(settings, *answer)
    yield problem or fine(ROUND_TRIP, f"A signed request to {url} came back to us.")
    if problem is None:
        yield from _check_metrics(url)


def _post_canary(settings: Settings) -> tuple[str, Reached | NotReached] | None:
    """The nonce, and what came of it."""
    twilio, url = settings.twilio, settings.server.public_url + PATH
    if not twilio.auth_tokens:
        return None
    nonce = secrets.token_hex(16)
    fields = {"AccountSid": twilio.account_sid or "AC" + "0" * 32, NONCE: nonce}
    signed = signature(url, fields, twilio.auth_tokens[0].get_secret_value())
    return nonce, ask_ourselves(url, fields, {"X-Twilio-Signature": signed})


def _problem(settings: Settings, nonce: str, answer: Reached | NotReached) -> Check | None:
    url, listens = settings.server.public_url, f"{settings.server.host}:{settings.server.port}"
    name = ROUND_TRIP
    if isinstance(answer, NotReached):
        remedy = f"Start `sami run`, and let the proxy pass what it gets to {listens}."
        if answer.is_name_unknown:
            remedy = "Make a DNS record for it, or correct server.public_url."
        return wrong(name, f"{url} {answer.why}.", remedy)
    if answer.location:
        remedy = "Set server.public_url to the address it sends to, and write that into Twilio: `sami lines connect`."
        return wrong(
            name, f"{url} sends elsewhere, to {answer.location}: Twilio's requests lose what they say.", remedy
        )
    if answer.status == _FORBIDDEN:
        return wrong(
            name,
            f"{url} answers, and refused our own signed request: what arrives is not what was signed.",
            "Let the proxy pass path, query and the header X-Twilio-Signature on unchanged. After a change of "
            "twilio.auth_tokens or server.public_url start SAMI again.",
        )
    tokens = (token.get_secret_value() for token in settings.twilio.auth_tokens)
    if answer.status == 200 and answer.body.strip() in {proof(nonce, token) for token in tokens}:
        return None
    what = f"answered {answer.status}"
    remedy = f"Let the proxy pass /webhooks/ to {listens}, and see that `sami run` or `sami web` of this release runs."
    return wrong(name, f"{url} answers, but not as this SAMI does: it {what}.", remedy)


def _check_metrics(url: str) -> Iterator[Check]:
    answer = ask_ourselves(f"{url}/metrics")
    if isinstance(answer, Reached) and answer.status == 200:
        remedy = "Deny /metrics in the proxy, or set server.metrics_token: deploy/ shows both."
        yield wrong("metrics", "/metrics is open to everybody at the public address.", remedy)
    elif isinstance(answer, Reached) and answer.status in _SHUT:
        yield fine("metrics", "/metrics is shut to strangers.")


def _is_inside(url: str) -> bool:
    """This machine or a network behind it, by what the address says of itself."""
    address = read_address(url)
    if address is None:
        return False
    if address.host == "localhost":
        return True
    try:
        return not ip_address(address.host).is_global
    except ValueError:
        return "inside" in (address_problem(f"https://{address.host}") or "") or "." not in address.host
