"""A child never outlives its parent: otherwise a killed `sami run` would leave a web process holding the port (R5)."""

import os
import signal
import threading

LOOK_EVERY_S = 0.5
DRAIN_S = 25


def end_with_parent() -> None:
    """From now on this process is asked to stop when its parent is gone, and made to after the time to drain."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=[parent], name="lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
    pause.wait(DRAIN_S)
    os._exit(1)
