"""The JSON API: leads, agents, calls, tasks, decisions and the policy, for programs with a key."""

from flask import Flask

from sami.settings import Settings
from webhooks.api import agents, calls, decisions, handing_in, lead_changes, leads, openapi, policy, tasks
from webhooks.api.door import GATE, api
from webhooks.api.gate import Gate

# Imported for the routes that they add.
ROUTES = (agents, calls, decisions, handing_in, lead_changes, leads, openapi, policy, tasks)


def serve_api(app: Flask, settings: Settings) -> None:
    app.extensions[GATE] = Gate(settings.server.api_at_once, settings.server.api_per_minute)
    app.register_blueprint(api)
