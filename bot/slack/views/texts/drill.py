"""What rehearsals are called wherever they are told, and what the channel is told of one."""

from __future__ import annotations

LABEL = "DRILL"
MARK = "DRILL · "
BOLD = "*DRILL*"
FILE_PREFIX = "DRILL-"
