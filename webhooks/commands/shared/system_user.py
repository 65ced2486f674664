"""Who sits at the terminal? The command line acts as owner and records the system's user."""

import getpass


def system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # A container's user need not have a name.
