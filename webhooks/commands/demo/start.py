"""`sami demo`: as `sami run`, with a made-up business, made-up tokens, and phones in the browser."""

import os
import secrets
import socket
from functools import partial
from pathlib import Path

import click

from migrations import upgrade
from sami import clock, logs
from sami.database.engine import Database
from sami.domain.language.actor import system
from sami.errors import SamiError
from sami.helper_threads import start_helper
from sami.organisation.applying import apply_file
from sami.settings.loading import Settings, load_settings
from webhooks.commands.servers.readiness import answers_within
from webhooks.commands.servers.run import Child, supervise
from webhooks.commands.servers.startup import prepare
from webhooks.commands.shared.running_demo import HOST
from webhooks.simulator.pages import business

THREADS = 16  # The page polls, the network posts and REST calls itself, all in one process: none may starve another.
PROOF = "SAMI_DEMO_TOKEN"
SEED_DEADLINE_S = 30.0
READY_WITHIN_S = 60.0

log = logs.logger(__name__)


class BesideRealToken(SamiError):
    """A Twilio account or token is configured, and the demo's phones never run beside a real one."""

    code = "beside_real_token"


class PortBusy(SamiError):
    """Something else listens on the demo's port."""

    code = "port_busy"


@click.command("demo")
@click.option("--parent", type=int, hidden=True, help="Serve, and end when the process with this id ends.")
def run_demo(parent: int | None) -> None:
    """Web and worker with a seeded business of its own, and phones at /sim. Nothing leaves this machine."""
    if parent is None:
        _supervise()
    else:
        _serve(parent)


def _supervise() -> None:
    settings = load_settings()
    refuse_real_tokens(settings)
    _refuse_busy_port(settings.server.port)
    os.environ.update(demo_environment(settings.server.data_dir / "demo", settings.server.port))
    settings = prepare()
    clock.use_shift_file(Path(os.environ["SAMI_CLOCK_FILE"]))
    prepare_business(settings)
    start_helper("ready", partial(_announce, settings.public_url, settings.server.data_dir))
    supervise([Child("demo"), Child("worker")])


def _serve(parent: int) -> None:
    """One process, because the phone network lives in its memory."""
    from webhooks.commands.servers.web import serve

    settings = prepare()
    refuse_real_tokens(settings, os.environ.get(PROOF))
    serve("webhooks.commands.demo.app:application", settings, parent)


def refuse_real_tokens(settings: Settings, made: str | None = None) -> None:
    """Any token that this demo did not make itself counts as real (S23)."""
    tokens = {token.get_secret_value() for token in settings.twilio.auth_tokens}
    if tokens - {made} or (made is None and settings.twilio.account_sid):
        raise BesideRealToken("Unset twilio.account_sid and twilio.auth_tokens, or try the demo elsewhere.")


def demo_environment(directory: Path, port: int) -> dict[str, str]:
    """What the children are told; tokens and account are made anew at each start."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    token, url = secrets.token_hex(16), f"http://{HOST}:{port}"
    return {
        PROOF: token,
        "SAMI_CLOCK_FILE": str(directory / "clock"),
        "SAMI_SERVER__DATA_DIR": str(directory),
        "SAMI_SERVER__HOST": HOST,
        "SAMI_SERVER__PORT": str(port),
        "SAMI_SERVER__PUBLIC_URL": url,
        "SAMI_SERVER__PROCESSES": "1",
        "SAMI_SERVER__THREADS": str(THREADS),
        "SAMI_DATABASE__URL": f"sqlite:///{directory / 'sami.db'}",
        "SAMI_TWILIO__ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "SAMI_TWILIO__AUTH_TOKENS": f'["{token}"]',
        "SAMI_TWILIO__API_URL": url,
        "SAMI_TWILIO__VALIDATE_SIGNATURES": "true",
        "SAMI_FALLBACK__NUMBERS": f'["{business.FRONT_DESK}"]',
        "SAMI_LOGS__LEVEL": os.environ.get("SAMI_LOGS__LEVEL", "ERROR"),
        "SAMI_LOGS__FORMAT": os.environ.get("SAMI_LOGS__FORMAT", "text"),
    }


def prepare_business(settings: Settings) -> None:
    """The second time everything is as it was left; the first time it is ten o'clock on a working day."""
    from webhooks.simulator.pages.faults import revert

    file = settings.embedded_database
    assert file is not None, "the demo's database is its own file"
    revert(file)
    is_new = not file.exists()
    upgrade(settings.database_url)
    if is_new:
        now = clock.utc_now()
        clock.move_clock((business.first_morning(now) - now).total_seconds())
    seed(settings.database_url)


def seed(database_url: str) -> None:
    database, now = Database(database_url), clock.utc_now()
    with database.begin(SEED_DEADLINE_S) as db:
        apply_file(db, business.organisation_text(), prune=False, by=system("demo"), now=now)
        business.seed_leads(db, now)
    database.close()


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortBusy(f"Is a demo running at http://{HOST}:{port}/sim? Else set SAMI_SERVER__PORT.") from None


def _announce(url: str, directory: Path) -> None:
    """Said once the page is there, so that whoever clicks at once sees it."""
    answers_within(url, READY_WITHIN_S)
    click.echo(f"\n  SAMI's demo is ready: open {url}/sim\n")
    click.echo("  Pick a caller and press Call, or let one of the four stories play. Ctrl+C ends it.")
    click.echo(f"  In another terminal: sami call --story answered\n  Its data stays in {directory}\n")
