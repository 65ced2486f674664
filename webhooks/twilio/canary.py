"""A signed request of our own is answered, by which `sami doctor` proves our public address. Nothing changes."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import Forbidden

from sami.domain.access.canary import NONCE, PATH, proof
from webhooks.twilio.edge import twilio_edge

canary = Blueprint("canary", __name__)


@canary.post(PATH)
def answer() -> Response:
    """Refused like Twilio's requests, but not counted among them: it is no caller that is turned away."""
    here, form = twilio_edge(), request.form
    tokens = here.settings.twilio.auth_tokens
    checked = here.settings.twilio.validate_signatures
    if not tokens or not form.get(NONCE) or (checked and here.signatures.refusal(request, form) is not None):
        raise Forbidden
    return Response(proof(form[NONCE], tokens[0].get_secret_value()), mimetype="text/plain")
