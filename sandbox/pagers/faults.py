"""What a pager can do wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """The next ``times`` requests, of this ``pager`` or of any, go wrong; None is for ever.

    ``kind`` is `400`, `429` (with ``retry_after``), `500`, `redirect`, `slow` (answers after
    ``seconds``), `lost` (it is taken, and the connection is cut before the answer), `cut` (nothing is
    taken) or any other status.
    """

    kind: str
    pager: str = ""
    times: int | None = None
    seconds: float = 0.0
    retry_after: str = ""

    def takes(self, pager: str) -> bool:
        """Whether the fault is for this request; then it is used up by one."""
        if self.pager not in ("", pager) or self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True
