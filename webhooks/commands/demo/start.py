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
from sami.documents.checks.fault import Fault
from sami.domain.language.actor import system
from sami.errors import SamiError
from sami.helper_threads import start_helper
from sami.organisation.applying import apply_file
from sami.organisation.publishing import OrganisationRefused
from sami.settings.loading import Settings, load_settings
from sami.store.facts import read_directory
from sami.store.people import change_agent
from webhooks.commands.servers.readiness import answers_within
from webhooks.commands.servers.run import Child, supervise
from webhooks.commands.servers.startup import prepare
from webhooks.commands.shared.output import text_or_fault
from webhooks.commands.shared.running_demo import HOST, keep_current
from webhooks.simulator.pages import business

THREADS = 16  # The page polls, the network posts and REST calls itself, all in one process: none may starve another.
PROOF = "SAMI_DEMO_TOKEN"
SEED_DEADLINE_S = 30.0
READY_WITHIN_S = 60.0

log = logs.logger(__name__)

own_file_option = click.option(
    "--organisation",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of your own, as `sami apply` takes it, instead of the made-up business.",
)


class BesideRealToken(SamiError):
    """A Twilio account or token is configured, and the demo's phones never run beside a real one."""

    code = "beside_real_token"


class PortBusy(SamiError):
    """Something else listens on the demo's port."""

    code = "port_busy"


class NoLine(SamiError):
    """The file has no line, so nobody could call."""

    code = "no_line"
    status = 422


@click.command("demo")
@own_file_option
@click.option("--parent", type=int, hidden=True, help="Serve, and end when the process with this id ends.")
def run_demo(file: Path | None, parent: int | None) -> None:
    """Web and worker with a seeded business, made up or your own, and phones at /sim. Nothing leaves this machine."""
    if parent is None:
        _supervise(file)
    else:
        _serve(parent)


def _supervise(file: Path | None) -> None:
    settings = load_settings()
    own = None if file is None else read_own(file)
    refuse_real_tokens(settings)
    _refuse_busy_port(settings.server.port)
    directory = demo_directory(settings.server.data_dir, own)
    os.environ.update(demo_environment(directory, settings.server.port))
    keep_current(settings.server.data_dir, directory)
    settings = prepare()
    clock.use_shift_file(Path(os.environ["SAMI_CLOCK_FILE"]))
    prepare_business(settings, own)
    start_helper("ready", partial(_announce, settings.public_url, settings.server.data_dir))
    supervise([Child("demo"), Child("worker")])


def _serve(parent: int) -> None:
    """One process, because the phone network lives in its memory."""
    from webhooks.commands.servers.web import serve

    settings = prepare()
    refuse_real_tokens(settings, os.environ.get(PROOF))
    serve("webhooks.commands.demo.app:application", settings, parent)


def read_own(file: Path) -> str:
    text = text_or_fault(file.read_bytes())
    if isinstance(text, Fault):
        raise OrganisationRefused([text])
    return text


def demo_directory(data_dir: Path, own: str | None) -> Path:
    """A business of one's own does not take the place of the made-up one, which stays as it was left."""
    return data_dir / ("demo" if own is None else "demo-own")


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


def prepare_business(settings: Settings, own: str | None = None) -> None:
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
    seed(settings.database_url, own)


def seed(database_url: str, own: str | None = None) -> None:
    """`own`: somebody's own file instead of the made-up one. Its agents count as verified: no phone of theirs rings."""
    database, now = Database(database_url), clock.utc_now()
    with database.begin(SEED_DEADLINE_S) as db:
        if own is None:
            apply_file(db, business.organisation_text(), prune=False, by=system("demo"), now=now)
            business.seed_leads(db, now)
        else:
            apply_file(db, own, prune=True, by=system("demo"), now=now)
            if not read_directory(db).file.lines:
                raise NoLine
            keys = [agent.key for agent in read_directory(db).file.agents]
            for key in keys:
                change_agent(db, key=key, values={"verified": True})
            business.seed_leads(db, now, keys)
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
