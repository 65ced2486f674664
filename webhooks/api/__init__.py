"""The JSON API: leads, agents, calls, tasks, decisions and the policy, for programs with a key."""

from flask import Flask

from sami.settings.loading import Settings
from sami.settings.sections import ServerSettings
from webhooks.api import (
    agents,
    agents_off,
    audit,
    blocked,
    board,
    call_changes,
    calls,
    chain,
    decisions,
    deliveries,
    doctor,
    exceptions,
    lead_changes,
    lead_create,
    leads,
    notices,
    openapi,
    organisation,
    organisation_versions,
    policy,
    reassignments,
    recordings,
    reports,
    tasks,
    verifying,
)
from webhooks.api.door import GATE, api
from webhooks.api.gate import Gate

# Imported for the routes that they add.
ROUTES = (
    agents,
    agents_off,
    audit,
    blocked,
    board,
    call_changes,
    calls,
    chain,
    decisions,
    deliveries,
    doctor,
    exceptions,
    lead_create,
    lead_changes,
    leads,
    notices,
    openapi,
    organisation,
    organisation_versions,
    policy,
    reassignments,
    recordings,
    reports,
    tasks,
    verifying,
)


def gate_of(server: ServerSettings) -> Gate:
    return Gate(server.api_at_once, in_line=server.api_in_line, per_minute=server.api_per_minute)


def serve_api(app: Flask, settings: Settings) -> None:
    app.extensions[GATE] = gate_of(settings.server)
    app.register_blueprint(api)
