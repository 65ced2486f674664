"""The application of the demo: SAMI as always, and beside it a phone network that SAMI takes for Twilio."""

import os

from flask import Flask, redirect

from sami.database.engine import Database
from webhooks.app import create_app
from webhooks.commands.demo.start import PROOF, refuse_real_tokens
from webhooks.commands.demo.world import network_around, stage_around
from webhooks.commands.servers.startup import prepare
from webhooks.server.lanes import in_lanes
from webhooks.simulator.client import post_over_http
from webhooks.simulator.pages.routes import delay_rest, sim_blueprint
from webhooks.simulator.rest.blueprint import rest_blueprint


def application() -> Flask:
    """What the serving process runs. Only here do `/sim` and the stand-in's API become routes (S23)."""
    settings = prepare()
    refuse_real_tokens(settings, os.environ.get(PROOF))
    database = Database(settings.database_url)
    network = network_around(settings, database, post_over_http)
    stage = stage_around(settings, database, network)
    app = create_app(settings)
    rest = rest_blueprint(network.rest)
    rest.before_request(delay_rest(stage))
    app.register_blueprint(rest)
    app.register_blueprint(sim_blueprint(stage))
    app.add_url_rule("/", "front_door", lambda: redirect("/sim"))
    network.timeline.start()
    return in_lanes(app, settings.server.threads)
