"""What happened, one JSON line each on stderr; a phone number shows as its last four digits only (S6)."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Literal

import structlog

from sami import clock

# Long runs of digits that are nobody's phone, then the ways a phone is written. Order matters: the
# first that fits at a place wins, so a SID is kept whole before its digits are looked at.
_KEPT_OR_PHONE = re.compile(
    r"""
      (?P<kept> [A-Z]{2}[0-9a-f]{32}
        | [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
        | \b(?=[0-9]*[a-f])[0-9a-f]{16,}\b )
    | (?:\+|%2[Bb])\ ?[1-9](?:[-.\ ()]{0,2}\d){6,14}
    | (?<!\d)\(?\d{3}\)?[-.\ ]\ ?\d{3}[-.\ ]\d{4}(?!\d)
    | \d{10,}
    """,
    re.VERBOSE,
)
_NEVER_PHONES = frozenset({"timestamp", "level"})


def mask_phones(text: str) -> str:
    """The text with every phone number reduced to its last four digits; SIDs and other ids stay."""
    return _KEPT_OR_PHONE.sub(_last_four, text)


def _last_four(match: re.Match[str]) -> str:
    if match["kept"] is not None:
        return match[0]
    return "***" + re.sub(r"\D", "", match[0])[-4:]


def _mask(value: object) -> object:
    match value:
        case None | bool() | float():
            return value
        case datetime():
            return value.isoformat()
        case int():
            masked = mask_phones(str(value))
            return value if masked == str(value) else masked
        case Mapping():
            return {mask_phones(str(key)): _mask(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_mask(inner) for inner in value]
        case _:
            return mask_phones(str(value))


def _mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value if key in _NEVER_PHONES else _mask(value) for key, value in event.items()}


def _stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["timestamp"] = clock.utc_now().isoformat(timespec="milliseconds")
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    _stamp,
    structlog.processors.format_exc_info,
    _mask_event,  # Before any handler sees the line: one that is added later must not find a phone either.
]


class _Stderr(logging.Handler):
    """Our one handler: a type of its own, so that configuring again replaces it and nobody else's."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


def configure_logs(level: str = "INFO", form: Literal["json", "text"] = "json") -> None:
    """From now on every line, also those of libraries, goes to stderr in our form and masked."""
    text = structlog.dev.ConsoleRenderer(colors=False)
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_SHARED],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer() if form == "json" else text,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if not isinstance(other, _Stderr)] + [handler]
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        cache_logger_on_first_use=False,  # A module asks for its logger at import, before settings are read.
    )


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module: `log = logs.logger(__name__)`, then `log.info("A sentence.", key=value)`."""
    return structlog.stdlib.get_logger(name)


def begin_request(request_id: str) -> None:
    """From here on this thread's lines are of this request, and of no earlier one."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def add_context(**names: str) -> None:
    """The rest of this request's lines carry these too."""
    structlog.contextvars.bind_contextvars(**names)


def bound(**names: str) -> AbstractContextManager[None]:
    """While the block runs, this thread's lines carry these: `with bound(beat=...)`."""
    return structlog.contextvars.bound_contextvars(**names)
