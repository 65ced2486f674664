"""What is counted and measured, each named here once; no label ever holds a phone, a name or an id (S6).

Several processes share one directory of small files (PROMETHEUS_MULTIPROC_DIR, set by the
commands before this module is imported), so that whichever web process answers /metrics tells about them all.
"""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# Around the promises: 250 ms at the 99th of a hundred (R2), the edge's own deadline of 3 s, Twilio's patience of 15 s.
_ANSWER_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 15)

webhook_requests = Counter("sami_webhook_requests", "Webhooks answered, by route and HTTP status.", ["route", "status"])
webhook_seconds = Histogram(
    "sami_webhook_seconds", "From a webhook's arrival to its answer.", ["route"], buckets=_ANSWER_BUCKETS_S
)
webhooks_refused = Counter("sami_webhooks_refused", "Webhooks refused, by cause; see `sami doctor`.", ["cause"])
api_requests = Counter("sami_api_requests", "Requests of the API, by route and HTTP status.", ["route", "status"])
api_seconds = Histogram("sami_api_seconds", "From an API request's arrival to its answer.", ["route"])
form_posts = Counter("sami_form_posts", "Posts of websites' forms, by what came of them.", ["result"])
safety_net_answers = Counter(
    "sami_safety_net_answers", "Callers rung through to the fallback, by what went wrong.", ["reason"]
)
outbox_items = Gauge(
    "sami_outbox_items", "Things to say outside, by kind and state.", ["kind", "state"], multiprocess_mode="mostrecent"
)
outbox_oldest_due_seconds = Gauge(
    "sami_outbox_oldest_due_seconds",
    "How late the item is that has been due longest; 0 where nothing waits.",
    multiprocess_mode="mostrecent",
)
outbox_results = Counter(
    "sami_outbox_results", "What came of each try to say something outside, by kind.", ["kind", "result"]
)
database_away = Gauge("sami_database_away", "1 while a process cannot reach the database.", multiprocess_mode="livemax")
spool_records = Gauge(
    "sami_spool_records", "Arrivals kept on disk until the database is back.", multiprocess_mode="livesum"
)
worker_steps = Counter(
    "sami_worker_steps", "Steps of the intake, by worker and how they ended.", ["capability", "state"]
)
calls_blocked = Counter("sami_calls_blocked", "Calls of blocked callers that were turned away.")
calls_outcome = Counter("sami_calls_outcome", "Calls ended, by outcome.", ["outcome"])
helper_deaths = Counter("sami_helper_deaths", "Helper threads that died and were started again.", ["thread"])
worker_seen_timestamp_seconds = Gauge(
    "sami_worker_seen_timestamp_seconds",
    "When a worker of this machine last said that it lives.",
    multiprocess_mode="mostrecent",
)
beats_seconds = Histogram("sami_beats_seconds", "How long a beat took.", ["beat"])
beat_failures = Counter("sami_beat_failures", "Beats that ended in an exception.", ["beat"])


def render() -> bytes:
    """The text of /metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return generate_latest(everybody)
