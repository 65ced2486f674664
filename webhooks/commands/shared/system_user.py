"""Who sits at the terminal? The command line acts as owner and records the system's user."""

import getpass

from sami.domain.audit.entry import Door, Origin
from sami.domain.language.actor import Actor, ActorKind


def system_user() -> Actor:
    return Actor(ActorKind.SHELL, _name())


def shell_origin() -> Origin:
    """Whoever acts on the shell came by this account of the operating system."""
    return Origin(Door.SHELL, _name())


def _name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # A container's user need not have a name.
