"""Who asks, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and where.

    In Slack ``user`` and ``channel`` are ids, and ``clicked`` says that a button was pressed rather
    than a command typed. At the terminal ``channel`` is None, ``terminal`` is the `user@host` who
    types, and ``user`` the Slack id of the person on whose behalf, or the same `user@host`.
    ``command`` is the name of the command typed, or "". ``direct`` is the direct message in which a
    button was pressed that counts as one of the channel, or "".
    """

    user: str
    channel: str | None
    team: str = ""
    terminal: str | None = None
    clicked: bool = False
    command: str = ""
    direct: str = ""
