"""The environment of a process that must reach the simulated services and no others."""

from __future__ import annotations

import os
from collections.abc import Mapping

# What an interpreter needs of the shell: no setting of the bot, no proxy, no certificate.
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR", "TZ")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: these settings, and none of this shell's.

    Start the process in a folder without `.env`, which it reads as well.
    """
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **settings}
