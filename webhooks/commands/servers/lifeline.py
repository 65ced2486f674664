"""A child never outlives its parent: otherwise a killed `sami run` would leave a web process holding the port (R5)."""

import os
import signal
import threading
from functools import partial

from sami.helper_threads import start_helper

LOOK_EVERY_S = 0.5
DRAIN_S = 25


def end_with_parent(parent: int) -> None:
    """From now on this process is asked to stop when its parent is gone, and made to after the time to drain.

    The parent's id is handed down: one that died while this process was still starting would not be missed.
    """
    start_helper("lifeline", partial(_watch, parent))


def _watch(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
    pause.wait(DRAIN_S)
    os._exit(1)
