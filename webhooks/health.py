"""Is this process alive, is it ready, what has it counted? And the tune on hold, which Twilio fetches unsigned."""

from flask import Blueprint, Response, jsonify

from sami import metrics
from sami.store.db import DatabaseAway
from webhooks.edge import edge
from webhooks.hold_music import tune

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> Response:
    """The database answers too. Without it callers are still rung through to the fallback numbers."""
    try:
        with edge().database.read():
            return jsonify(status="ok", database="answers")
    except DatabaseAway:
        waiting = jsonify(status="safety net", database="away")
        waiting.status_code = 503
        return waiting


@health.get("/metrics")
def read_metrics() -> Response:
    return Response(metrics.render(), content_type=metrics.CONTENT_TYPE)


@health.get("/webhooks/hold.wav")
def hold_music() -> Response:
    kept = {"Cache-Control": "public, max-age=604800, immutable"}
    return Response(tune(), mimetype="audio/wav", headers=kept)
