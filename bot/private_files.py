"""The rule for the files that hold secrets or personal data: only their owner opens them."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def open_to_others(file: Path | int) -> str:
    """Return that a file, by its name or number, is open to others than its owner, else ``""``.

    Raises OSError. A file that root owns on a read-only mount may be read by others: so container
    platforms hand out secrets, and nobody in the container can change its mode.
    """
    found = os.stat(file)  # noqa: PTH116  # a path or an open file
    read_only = bool(os.statvfs(file).f_flag & os.ST_RDONLY)
    if not is_open(found.st_mode, found.st_uid, read_only=read_only):
        return ""
    return f"is open to others than its owner (mode {stat.S_IMODE(found.st_mode):03o})"


def is_open(mode: int, owner: int, *, read_only: bool) -> bool:
    """Whether others than the owner may open a file of this mode, on a read-only mount or not."""
    handed_out = owner == 0 and read_only and not mode & 0o022
    return bool(mode & 0o077) and not handed_out
