"""The replies on sets of customers."""

from __future__ import annotations

CREATED = (
    "The set `@{name}` has {number} now: {customers}. Use it as `/continuity failover on @{name}`, or "
    "`set:{name}` where Slack makes a mention of it."
)
DELETED = "The set `@{name}` is deleted. Its customers stay as they are."
SHOWN = "The set `@{name}` has {number}:"
LISTED = "• `@{name}` · {number}"
NONE = (
    "There is no set that you may see. An admin makes one: `/continuity set create NAME NUMBER...`"
)
