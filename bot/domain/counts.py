"""Whether numbers of users that were counted one after the other can all be true."""

from __future__ import annotations

from collections.abc import Mapping


def count_contradiction(
    total: int | None, parts: Mapping[str, int | None], of: str = "users"
) -> str:
    """Return a sentence on the parts that exceed the total, or ``""``. None means not known.

    The API need not be wrong: each number is a request of its own.
    """
    if total is None:
        return ""
    more = [f"{part:,} {name}" for name, part in parts.items() if part is not None and part > total]
    if not more:
        return ""
    return f"The API's numbers contradict each other: {', '.join(more)} of {total:,} {of}."
