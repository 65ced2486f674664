"""Where does the demo's Twilio client connect? The same REST API, mounted in Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from webhooks.simulator.rest.answers import Rest
from webhooks.simulator.rest.recordings import names_sound


def rest_blueprint(rest: Rest) -> Blueprint:
    blueprint = Blueprint("phone_network_rest", __name__)

    @blueprint.route("/v1/<path:_rest>", methods=["GET"])
    @blueprint.route("/2010-04-01/<path:_rest>", methods=["GET", "POST", "DELETE"])
    def answer(_rest: str) -> Response:
        fields = request.args if request.method == "GET" else request.form
        given = request.authorization
        auth = (given.username or "", given.password or "") if given is not None else None
        try:
            if request.method == "GET" and names_sound(request.path):
                status, headers, sound = rest.give_sound(request.path, request.headers.get("Range"), auth)
                return Response(sound, status, headers)
            status, headers, body = rest.handle(request.method, request.path, list(fields.items(multi=True)), auth)
        except (ConnectionError, TimeoutError):
            return Response(status=503)  # A served page cannot break its own connection: the nearest thing.
        return Response(body, status, headers)

    return blueprint
