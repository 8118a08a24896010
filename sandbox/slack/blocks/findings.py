"""Collects the errors in Block Kit JSON, worded as Slack words them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


class Findings:
    """Sentences with the JSON pointer of what they are about, e.g. ``/blocks/0/text/text``.

    ``in_view`` is of a modal, not of a message: each takes things that the other does not.
    """

    def __init__(self, *, in_view: bool = False) -> None:
        self.in_view = in_view
        self.sentences: list[str] = []
        self.tables = 0
        self.characters = 0
        self._seen: dict[str, set[str]] = {"action_id": set(), "block_id": set()}

    def add(self, sentence: str, at: str) -> None:
        """Add one error."""
        self.sentences.append(f"[ERROR] {sentence} [json-pointer:{at}]")

    def keys(self, value: dict[str, Any], at: str, *, need: str, may: str = "") -> None:
        """Check that all of ``need`` and nothing but ``need`` and ``may`` is there (space
        separated)."""
        required = set(need.split())
        for key in sorted(required - value.keys()):
            self.add(f"missing required field: {key}", at)
        for key in sorted(value.keys() - required - set(may.split())):
            self.add(f"invalid additional property: {key}", at)

    def string(self, value: Any, at: str, most: int, *, least: int = 1) -> None:
        """Check a plain JSON string for its length in characters. None is "not given"."""
        if value is None:
            return
        if not isinstance(value, str):
            self.add("must be a string", at)
        elif len(value) > most:
            self.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", at)

    def text(self, value: Any, at: str, most: int, kinds: Collection[str] = ANY_TEXT) -> None:
        """Check a text object: its type, its 1 to ``most`` characters. None is "not given"."""
        if value is None:
            return
        if not isinstance(value, dict):
            self.add("must provide an object", at)
            return
        kind = value.get("type")
        if kind not in kinds:
            self.add(f"must be one of: {', '.join(kinds)}", f"{at}/type")
        self.keys(value, at, need="type text", may="emoji" if kind == "plain_text" else "verbatim")
        self.string(value.get("text"), f"{at}/text", most)
        if isinstance(value.get("text"), str):
            self.characters += len(value["text"])

    def unique(self, name: str, value: Any, at: str) -> None:
        """Check an ``action_id`` or ``block_id``: 255 characters, once in the message or view."""
        if value is None:
            return
        self.string(value, f"{at}/{name}", 255)
        if isinstance(value, str):
            if value in self._seen[name]:
                self.add(f'{name} "{value}" is used more than once', f"{at}/{name}")
            self._seen[name].add(value)

    def one_of(self, value: Any, at: str, allowed: Collection[str]) -> None:
        """Check that a value is one of these strings."""
        if value not in allowed:
            self.add(f"must be one of: {', '.join(allowed)}", at)

    def count(self, value: Any, at: str, least: int, most: int) -> None:
        """Check a whole number. None is "not given"."""
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.add(f"must be from {least} to {most}", at)

    def items(self, value: Any, at: str, most: int, *, least: int = 1) -> list[Any]:
        """Check a list for its length and return it; an empty list where it is none."""
        if not isinstance(value, list):
            self.add("must provide an array", at)
            return []
        if len(value) > most:
            self.add(f"no more than {most} items allowed", at)
        elif len(value) < least:
            self.add(f"must have at least {least} item{'s' if least > 1 else ''}", at)
        return value
