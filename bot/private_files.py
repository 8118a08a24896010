"""The rule for files with secrets or personal data: only their owner may open them."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def open_to_others(file: Path | int) -> str:
    """Return in words that a file (path or descriptor) is open to others than its owner, else
    ``""``.

    Raises OSError. A file of root on a read-only mount may be readable by others: container
    platforms mount secrets like that, and nobody in the container can change the mode.
    """
    found = os.stat(file)  # noqa: PTH116  # a path or an open file
    read_only = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    if not is_open(found.st_mode, found.st_uid, read_only=read_only):
        return ""
    return f"is open to others than its owner (mode {stat.S_IMODE(found.st_mode):03o})"


def is_open(mode: int, owner: int, *, read_only: bool) -> bool:
    """Whether others than the owner may open a file of this mode."""
    mounted_secret = owner == 0 and read_only and not mode & 0o022
    return bool(mode & 0o077) and not mounted_secret
