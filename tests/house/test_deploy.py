"""What we hand to operators for running SAMI holds to what SAMI promises and to the names it has."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.registry import REGISTRY

from sami import metrics
from sami.settings.loading import known_keys
from sami.settings.names import FROM_FILE, variables_of, without_place
from webhooks.cli import COMMANDS

DEPLOY = Path(__file__).parents[2] / "deploy"
FILES = sorted(path for path in (*DEPLOY.rglob("*"), DEPLOY.parent / "app.json") if path.is_file())
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(path: Path) -> None:
    names = set(re.findall(r"\bSAMI_[A-Z]+__[A-Z_]+", path.read_text()))
    assert {without_place(name) for name in names} <= set(variables_of(known_keys()))


def test_the_image_runs_as_nobody_in_particular() -> None:
    stages = (DEPLOY / "Dockerfile").read_text().split("\nFROM ")
    assert re.search(r"^USER sami$", stages[-1], re.MULTILINE)
    assert 'ENTRYPOINT ["sami"]' in stages[-1]


def test_each_service_of_ours_runs_a_command_that_there_is() -> None:
    started = {name: service["command"] for name, service in compose()["services"].items() if "command" in service}
    assert started == {"migrate": "migrate", "web": "web", "worker": "worker"}
    assert set(started.values()) <= set(COMMANDS)


def test_secrets_are_files_and_stand_in_no_environment() -> None:
    for service in compose()["services"].values():
        given = service.get("environment", {})
        assert not {name for name in given if re.search("TOKEN|PASSWORD|DATABASE__URL", name)} - {
            name for name in given if name.endswith(FROM_FILE)
        }


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_starts_a_command_as_nobody_and_leaves_files_to_itself(unit: Path) -> None:
    text = unit.read_text()
    assert re.search(r"^ExecStart=\S+/sami (\w+)$", text, re.MULTILINE)[1] in COMMANDS
    lines = text.splitlines()
    for line in ("DynamicUser=yes", "User=sami", "UMask=0077", "StateDirectoryMode=0700", "NoNewPrivileges=yes"):
        assert line in lines
    assert ("Restart=always" in lines) is not ("Type=oneshot" in lines), "what serves is started again"


def test_each_timer_starts_a_unit_that_there_is() -> None:
    timers = list((DEPLOY / "systemd").glob("*.timer"))
    assert timers
    assert {timer.with_suffix(".service") for timer in timers} <= set(UNITS)


@pytest.mark.parametrize("proxy", ["nginx.conf", "Caddyfile"])
def test_s28_a_proxy_denies_the_counters(proxy: str) -> None:
    assert re.search(r"metrics.*?404", (DEPLOY / proxy).read_text(), re.DOTALL)


@pytest.mark.parametrize(
    ("proxy", "said"), [("nginx.conf", "proxy_request_buffering on;"), ("Caddyfile", "request_buffers 256KB")]
)
def test_s24_a_proxy_reads_requests_whole(proxy: str, said: str) -> None:
    assert said in (DEPLOY / proxy).read_text()


def test_r27_the_board_shows_each_figure_that_is_counted_and_no_other() -> None:
    board = json.loads((DEPLOY / "grafana.json").read_text())
    asked = " ".join(target["expr"] for panel in board["panels"] for target in panel.get("targets", ()))
    shown = {re.sub("_(total|bucket)$", "", name) for name in re.findall(r"\bsami_\w+", asked)}
    assert metrics.render(), "imported for what it declares"
    assert shown == {metric.name for metric in REGISTRY.collect() if metric.name.startswith("sami_")}


def test_a_platform_starts_what_the_procfile_says() -> None:
    root = DEPLOY.parent
    processes = set(re.findall(r"^(\w+):", (root / "Procfile").read_text(), re.MULTILINE))
    assert set(json.loads((root / "app.json").read_text())["formation"]) == processes - {"release"}
