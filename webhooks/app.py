"""The application that a web process serves."""

import logging
import secrets

from flask import Flask, Response, g, request

from sami import clock, logs, metrics
from sami.calls.deployment import call_settings, delivery_of
from sami.database.engine import Database
from sami.outbox.leg_sender import LegSender
from sami.settings.loading import Settings, load_settings
from webhooks.api import serve_api
from webhooks.forms.routes import web_forms
from webhooks.server.edge import Nudged
from webhooks.server.health import health
from webhooks.server.screen import BODY_MAX_BYTES
from webhooks.twilio.background import Background
from webhooks.twilio.canary import canary
from webhooks.twilio.edge import TwilioEdge
from webhooks.twilio.legs import legs
from webhooks.twilio.outbound import placed
from webhooks.twilio.recordings import recordings
from webhooks.twilio.safety_net import SafetyNet
from webhooks.twilio.safety_net_routes import safety
from webhooks.twilio.signatures import Signatures
from webhooks.twilio.sms import sms
from webhooks.twilio.spool import Spool
from webhooks.twilio.twiml import Renderer
from webhooks.twilio.verification import verification
from webhooks.twilio.voice import voice

BLUEPRINTS = (voice, legs, placed, verification, recordings, safety, canary, sms, health, web_forms)

_log = logging.getLogger(__name__)


def create_app(
    settings: Settings | None = None, *, legs_sender: Nudged | None = None, background: bool = True
) -> Flask:
    """`legs_sender` replaces the thread that creates legs; tests run without any thread of ours."""
    settings = settings or load_settings()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    edge = make_edge(settings, legs_sender)
    app.extensions["sami"] = edge
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    serve_api(app, settings)
    app.before_request(_identify)
    app.after_request(_inert)
    app.after_request(_count_webhook)
    keeper = Background(edge)
    keeper.once()
    if background:
        keeper.start()
    return app


def make_edge(settings: Settings, legs_sender: Nudged | None = None) -> TwilioEdge:
    database = Database(settings.database_url, deadline_s=settings.server.deadline_s)
    of_calls = call_settings(settings)
    local = settings.local_dir
    local.mkdir(mode=0o700, parents=True, exist_ok=True)
    return TwilioEdge(
        settings=settings,
        public_url=settings.public_url,
        database=database,
        safety_net=SafetyNet(local / "safety_net.json", settings.fallback.numbers, public_base=settings.public_url),
        spool=Spool(local / "spool"),
        signatures=Signatures(settings.twilio, settings.public_url),
        renderer=Renderer(settings.public_url),
        call_settings=of_calls,
        legs=legs_sender or LegSender(delivery_of(settings, database)),
    )


def _identify() -> None:
    g.began = clock.monotonic()
    logs.begin_request(secrets.token_hex(8))


def _count_webhook(response: Response) -> Response:
    """By route and not by address, which names calls (S6). A full disk must not cost the caller the answer."""
    if not request.path.startswith("/webhooks/"):
        return response
    try:
        route = str(request.url_rule) if request.url_rule else "unknown"
        metrics.webhook_requests.labels(route, response.status_code).inc()
        metrics.webhook_seconds.labels(route).observe(clock.monotonic() - g.began)
    except Exception:
        _log.exception("webhook_not_counted")
    return response


def _inert(response: Response) -> Response:
    """Nothing of ours is to be sniffed, framed or run as script (S19)."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    return response
