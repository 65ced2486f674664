"""The least that any answer costs: the same server and Flask, the signature checked, fixed TwiML."""

from collections.abc import Callable

from flask import Flask, Response, abort, request
from twilio.request_validator import RequestValidator  # noqa: TID251 - the bench measures it alone.

from bench.ground import LINE, PATH, PUBLIC_URL, TOKEN, agent_phone

_validator = RequestValidator(TOKEN)
_LEG = f"{PUBLIC_URL}/webhooks/voice/leg/0123456789abcdef"


def application() -> Flask:
    return answering(twiml)


def answering(answer: Callable[[], str]) -> Flask:
    """An application that answers genuine requests with these words."""
    app = Flask(__name__)

    @app.post(PATH)
    def incoming() -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not _validator.validate(PUBLIC_URL + PATH, request.form, signature):
            abort(403)
        return Response(answer(), mimetype="text/xml")

    return app


def twiml() -> str:
    """As long as a real answer, and for the agent who is called last."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-US">Thanks for calling Harbor Homes.</Say>'
        '<Say language="en-US">Please hold while I connect you.</Say>'
        f'<Dial action="{PUBLIC_URL}/webhooks/voice/dialled/1" callerId="{LINE}" timeLimit="14400" timeout="15">'
        f'<Number statusCallback="{_LEG}/status" statusCallbackEvent="initiated ringing answered completed" '
        f'url="{_LEG}">{agent_phone(0)}</Number></Dial></Response>'
    )
