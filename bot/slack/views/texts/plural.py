"""The one place that knows the plural forms of the language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plural:
    """A text in its two forms; both may hold ``{count}`` beside other placeholders."""

    one: str
    other: str

    def format(self, count: int, /, **values: object) -> str:
        """Return the form for ``count``, with it as `1,284` and with the other values filled in."""
        return (self.one if count == 1 else self.other).format(count=f"{count:,}", **values)


USERS = Plural("{count} user", "{count} users")
