"""Who said that what is on is still needed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from bot.domain.on import StillNeeded


class StillNeededRows(Protocol):
    """The table ``still_needed``."""

    def put_still_needed(self, said: StillNeeded) -> None:
        """Write what was said of a change; what was said before is replaced."""
        ...

    def still_needed(self, change_ids: Collection[str]) -> Mapping[str, StillNeeded]:
        """Return what was last said of these changes, by id."""
        ...
