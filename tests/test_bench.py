"""The bench measures what it says: each of its applications answers, under the very server of `sami web`."""

from pathlib import Path

import requests

from bench.servers import COMMANDS, serving


def test_every_application_of_the_bench_answers(sqlite_url: str, tmp_path: Path) -> None:
    asked: dict[str, int] = {}
    with serving(tmp_path, sqlite_url, processes=1) as servers:
        for name, server in servers.items():
            answer = requests.post(
                f"http://127.0.0.1:{server.port}/webhooks/voice", data={"CallSid": "CA1"}, timeout=20
            )
            asked[name] = answer.status_code
    assert asked == {"sami": 403, "server": 200, "floor": 403, "bare": 403}
    assert set(asked) == set(COMMANDS)
