"""Is this process alive, is it ready, what has it counted? And the tune on hold, which Twilio fetches unsigned."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from sami import clock, metrics
from sami.database.away import DatabaseAway
from sami.domain.delivery.heartbeat import is_alive
from sami.domain.language.instants import rfc3339
from sami.store.heartbeats import newest_heartbeat_at
from webhooks.server.edge import edge
from webhooks.server.hold_music import tune

FORWARDING = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> Response:
    """The database answers too. Without it callers are still rung through to the fallback numbers.

    A worker that is away is told and does not make this process unready: it answers callers all the same, and one that
    a balancer takes away answers nobody.
    """
    try:
        with edge().database.read() as db:
            seen_at = newest_heartbeat_at(db)
    except DatabaseAway:
        waiting = jsonify(status="safety net", database="away", worker="unknown", worker_seen_at=None)
        waiting.status_code = 503
        return waiting
    lives = is_alive(seen_at, clock.utc_now())
    return jsonify(
        status="ok" if lives else "worker away",
        database="answers",
        worker="lives" if lives else "away",
        worker_seen_at=None if seen_at is None else rfc3339(seen_at),
    )


@health.get("/metrics")
def read_metrics() -> Response:
    """Answers whoever knows the token; without one, who asks from this machine itself (S28)."""
    token = edge().settings.server.metrics_token.get_secret_value()
    if not (_has_token(token) if token else _is_this_machine()):
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
    return Response(metrics.render(), content_type=metrics.CONTENT_TYPE)


def _has_token(token: str) -> bool:
    given = request.authorization
    return given is not None and given.type == "bearer" and hmac.compare_digest(given.token or "", token)


def _is_this_machine() -> bool:
    """A proxy on this machine asks from loopback too, but says for whom."""
    if any(name in request.headers for name in FORWARDING):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


@health.get("/webhooks/hold.wav")
def hold_music() -> Response:
    kept = {"Cache-Control": "public, max-age=604800, immutable"}
    return Response(tune(), mimetype="audio/wav", headers=kept)
