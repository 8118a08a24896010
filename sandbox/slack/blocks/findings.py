"""Collects the errors in Block Kit JSON, worded as Slack words them."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection
from typing import Any

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


@functools.cache
def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


class Findings:
    """Sentences with the JSON pointer of what they are about, e.g. ``/blocks/0/text/text``.

    ``surface`` is `message`, `modal` or `home`: each takes things that the others do not.
    ``newer`` is whether the workspace takes the newer kinds of blocks. ``totals`` counts what is
    limited in all blocks together, by name.
    """

    def __init__(self, surface: str = "message", *, newer: bool = True) -> None:
        self.surface = surface
        self.newer = newer
        self.sentences: list[str] = []
        self.totals: Counter[str] = Counter()
        self._seen: dict[str, set[str]] = {"action_id": set(), "block_id": set()}

    def add(self, sentence: str, at: str) -> None:
        """Add one error."""
        self.sentences.append(f"[ERROR] {sentence} [json-pointer:{at}]")

    def keys(self, value: dict[str, Any], at: str, *, need: str, may: str = "") -> None:
        """Check that all of ``need`` and nothing but ``need`` and ``may`` is there (space
        separated)."""
        required, allowed = _names(need), _names(f"{need} {may}")
        if required <= value.keys() <= allowed:
            return
        for key in sorted(required - value.keys()):
            self.add(f"missing required field: {key}", at)
        for key in sorted(value.keys() - allowed):
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
        if not self.object(value, at):
            return
        kind = value.get("type")
        if kind not in kinds:
            self.add(f"must be one of: {', '.join(kinds)}", f"{at}/type")
        self.keys(value, at, need="type text", may="emoji" if kind == "plain_text" else "verbatim")
        self.string(value.get("text"), f"{at}/text", most)
        if isinstance(value.get("text"), str):
            self.totals["characters"] += len(value["text"])

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

    def boolean(self, value: dict[str, Any], name: str, at: str) -> None:
        """Check a field that is true or false, if it is given."""
        if not isinstance(value.get(name, False), bool):
            self.add("must be a boolean", f"{at}/{name}")

    def object(self, value: Any, at: str) -> bool:
        """Check for an object; return whether it is one."""
        if not isinstance(value, dict):
            self.add("must provide an object", at)
        return isinstance(value, dict)

    def number(self, value: Any, at: str) -> None:
        """Check a number."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.add("must be a number", at)

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
