"""Other processes of tests: each forked from one that has imported everything once, because importing takes seconds."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["tests.support.arriving", "tests.support.dying_worker", "tests.support.web_processes", "webhooks.app"]
)
