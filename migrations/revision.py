"""`make revision m="why"`: writes the next revision, from how the declared tables differ from the newest one."""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from migrations import config_for, newest_revision, upgrade


def main(message: str) -> None:
    number = f"{int(newest_revision() or 0) + 1:04d}"
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{Path(directory) / 'newest.db'}"
        upgrade(url)
        command.revision(config_for(url), message, autogenerate=True, rev_id=number)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.search(r"\w", sys.argv[1]):
        sys.exit('Say why: make revision m="keep the order of fallbacks"')
    main(sys.argv[1])
