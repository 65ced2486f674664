"""Threads that help a process while others answer. One that dies is started again, and seen (R22)."""

import threading
import time
from collections.abc import Callable

from sami import logs

AGAIN_AFTER_S = 1.0

log = logs.logger(__name__)


def start_helper(name: str, work: Callable[[], None]) -> threading.Thread:
    """Runs `work` in a thread until it returns; whatever it raises is counted, and it is begun again a second later.

    A daemon: it ends with the process, so nothing that an answer needs may depend on its end.
    """
    thread = threading.Thread(target=_keep_running, args=[name, work], name=name, daemon=True)
    thread.start()
    return thread


def _keep_running(name: str, work: Callable[[], None]) -> None:
    while True:
        try:
            work()
        except Exception:
            _note_death(name)
            time.sleep(AGAIN_AFTER_S)
        else:
            return


def _note_death(name: str) -> None:
    """On a full disk neither may be possible, and the thread is needed all the same."""
    try:
        from sami import metrics  # Only now: commands say where metrics are kept before anything imports them.

        metrics.helper_deaths.labels(name).inc()
        log.exception("A helper thread died and is started again.", thread=name)
    except Exception:  # noqa: S110 - there is nowhere left to say it.
        pass
