"""What web and worker both see to before they start: settings, logs, metrics, and a database that is not behind."""

import os
from pathlib import Path

from migrations import is_behind, newest_revision
from sami import logs
from sami.errors import SamiError
from sami.settings.loading import Settings, load_settings

MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"


class DatabaseBehind(SamiError):
    """The database is behind this release: run `sami migrate` first."""

    code = "database_behind"
    status = 503


def prepare() -> Settings:
    """Read the settings and direct logs and metrics by them. Call it before sami.metrics is imported."""
    settings = load_settings()
    logs.configure_logs(settings.logs.level, settings.logs.format)
    _share_metrics(settings.server.data_dir / "metrics")
    return settings


def refuse_if_behind(revision: str | None) -> None:
    if is_behind(revision):
        raise DatabaseBehind(f"It stands at {revision or 'nothing'}, and the newest is {newest_revision()}.")


def _share_metrics(directory: Path) -> None:
    """All of this machine's processes count into one directory; files of processes that are gone are cleared away."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in directory.glob("*.db"):
        pid = path.stem.rsplit("_", 1)[-1]
        if not (pid.isdigit() and _is_alive(int(pid))):
            path.unlink(missing_ok=True)
    os.environ.setdefault(MULTIPROC_DIR, str(directory))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
