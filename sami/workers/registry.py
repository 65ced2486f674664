"""Which versions of which workers are there? Deprecated ones still run where they are asked for by name."""

from collections.abc import Iterable
from functools import partial

from sami.workers.compliance import check_compliance
from sami.workers.contracts import Worker
from sami.workers.enrich import enrich, enrich_by_phone
from sami.workers.score import score
from sami.workers.validate import validate_contact


class Registry:
    """Versions of a capability in the order in which they were released."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        self._versions: dict[str, dict[str, Worker]] = {}
        for worker in workers:
            self._versions.setdefault(worker.capability, {})[worker.version] = worker

    def find(self, capability: str, version: str) -> Worker | None:
        return self._versions.get(capability, {}).get(version)

    def newest(self, capability: str) -> Worker | None:
        """The last that is not deprecated: what runs where nobody chose."""
        current = [worker for worker in self.versions(capability) if not worker.deprecated]
        return current[-1] if current else None

    def versions(self, capability: str) -> tuple[Worker, ...]:
        return tuple(self._versions.get(capability, {}).values())

    def capabilities(self) -> tuple[str, ...]:
        return tuple(self._versions)


_ours = partial(Worker, inline=True)

BUILT_IN = Registry(
    [
        _ours("validate_contact", "1", validate_contact),
        _ours("check_compliance", "1", check_compliance),
        _ours("enrich", "1", enrich_by_phone, deprecated=True),
        _ours("enrich", "2", enrich),
        _ours("score", "1", score),
    ]
)
