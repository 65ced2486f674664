"""The page `/sim` and its JSON. Nothing here is signed, so it is for this machine only, and no real token is near."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, Forbidden, UnsupportedMediaType

from webhooks.simulator.pages.faults import RestState
from webhooks.simulator.pages.habits import HABITS
from webhooks.simulator.pages.plots import CALLER, PLOTS
from webhooks.simulator.pages.stage import BY_HAND, NotPossible, Stage
from webhooks.simulator.pages.viewer import Viewer

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
Asked = Mapping[str, str]
EVERY_PHONE = "*"


def sim_blueprint(stage: Stage) -> Blueprint:
    blueprint = Blueprint("sim", __name__, url_prefix="/sim", template_folder="../../templates")
    viewer = Viewer(stage)

    @blueprint.before_request
    def guard() -> None:
        refuse_strangers()

    @blueprint.errorhandler(NotPossible)
    def refuse(refused: NotPossible) -> tuple[Response, int]:
        return jsonify(error=str(refused)), refused.status

    @blueprint.get("")
    def page() -> Response:
        shown = render_template(
            "sim.html", stories=PLOTS, lines=stage.directory.file.lines, business=stage.directory.organisation.name
        )
        return Response(shown, headers={"Content-Security-Policy": CSP, "Cache-Control": "no-store"})

    @blueprint.get("/state")
    def state() -> Response:
        body = json.dumps(document(viewer), default=str)
        answer = Response(body, mimetype="application/json", headers={"Cache-Control": "no-cache"})
        answer.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
        answer.make_conditional(request)
        return answer

    for path, act in acts_of(stage).items():
        blueprint.add_url_rule(path, path, _route(act), methods=["POST"])
    return blueprint


def document(viewer: Viewer) -> dict[str, Any]:
    return {**asdict(viewer.look()), "habits": {key: habit.says for key, habit in HABITS.items()}}


def acts_of(stage: Stage) -> dict[str, Callable[[Asked], object]]:
    return {
        "/calls": lambda asked: _call(stage, asked),
        "/stories": lambda asked: stage.play(asked["story"]),
        "/caller": lambda asked: _as_caller(stage, asked),
        "/phones": lambda asked: _as_phone(stage, asked),
        "/clock": lambda asked: _move(stage, asked["to"]),
        "/speed": lambda asked: stage.hurry(faster=asked["faster"] == "yes"),
        "/faults": lambda asked: _break(stage, asked),
    }


def _route(act: Callable[[Asked], object]) -> Callable[[], Response]:
    def answer() -> Response:
        try:
            return jsonify(done=act(_asked()))
        except (KeyError, ValueError) as missing:
            raise BadRequest from missing

    return answer


def _call(stage: Stage, asked: Asked) -> str:
    """`by_itself`: the caller chooses from the menu, and leaves a message where nobody comes."""
    script = CALLER if "by_itself" in asked else BY_HAND
    return stage.place_call(asked["caller"], asked["line"], script)


def _as_caller(stage: Stage, asked: Asked) -> None:
    match asked["do"]:
        case "press":
            stage.press(asked["keys"])
        case "say":
            stage.say(asked["words"])
        case "hang_up":
            stage.hang_up()
        case other:
            raise ValueError(other)


def _as_phone(stage: Stage, asked: Asked) -> None:
    key = asked["phone"]
    match asked["do"]:
        case "answer":
            stage.answer(key)
        case "ignore":
            stage.ignore(key)
        case "voicemail":
            stage.let_voicemail_answer(key)
        case "press":
            stage.press_on(key, asked["keys"])
        case "hang_up":
            stage.hang_up_on(key)
        case "behave" if key == EVERY_PHONE:
            stage.behave_all({handset.key: asked["habit"] for handset in stage.handsets})
        case "behave":
            stage.behave(key, asked["habit"])
        case "text":
            stage.text(key, asked["words"])
        case other:
            raise ValueError(other)


def _move(stage: Stage, to: str) -> None:
    if to == "morning":
        stage.move_to_morning()
    else:
        stage.move_on(float(to))


def _break(stage: Stage, asked: Asked) -> None:
    match asked.get("database"):
        case "away":
            stage.faults.take_database_away()
        case "answers":
            stage.faults.put_database_back()
    if "rest" in asked:
        stage.faults.break_rest(RestState(asked["rest"]))


def _asked() -> Asked:
    given: Any = request.get_json()
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise BadRequest
    return given


def refuse_strangers() -> None:
    """No other site may read or act, not even one whose name was made to lead here (S9)."""
    if urlsplit(f"//{request.host}").hostname not in HOSTS:
        raise Forbidden
    if request.method in ("GET", "HEAD"):
        return
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden
    if request.headers.get("Origin") != f"{request.scheme}://{request.host}":
        raise Forbidden


def delay_rest(stage: Stage) -> Callable[[], None]:
    """For the blueprint of the REST API: where REST is slow, this is how slow."""

    def wait() -> None:
        if stage.faults.rest_delay_s:
            time.sleep(stage.faults.rest_delay_s)

    return wait
