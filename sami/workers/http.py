"""A customer's own worker, asked over HTTP by the same contract as those that are built in."""

from functools import partial

from sami import clock
from sami.circuit import circuit_of
from sami.settings.sections import WorkersSettings
from sami.workers.answers import read_answer, written_question
from sami.workers.asking import Service, ask, message_id
from sami.workers.contracts import StepInput, StepOutput, Worker


def http_worker(capability: str, version: str, *, url: str, secret: str | None, settings: WorkersSettings) -> Worker:
    service = partial(Service, url, secret, allow=frozenset(settings.allow_hosts))

    def run(step: StepInput) -> StepOutput:
        named = message_id(step.key, capability, version, step.facts.at.isoformat())
        return ask(service(timeout_s=step.timeout_s), named, written_question(step, capability, version), read_answer)

    return Worker(capability, version, run, abandoned=lambda: circuit_of(url).note_failure(clock.monotonic()))
