"""What tests share: worlds, casts, servers, and the files of admins that they use."""

from pathlib import Path

SUPPORT = Path(__file__).parent
