"""A call's progress as it is stored. Releases change while calls are up, so fields are only added, with defaults."""

from pydantic import TypeAdapter

from sami.domain.calls.states import CallProgress

_PROGRESS = TypeAdapter(CallProgress)


def read_progress(stored: str) -> CallProgress:
    return _PROGRESS.validate_json(stored)


def write_progress(call: CallProgress) -> str:
    return _PROGRESS.dump_json(call).decode()
