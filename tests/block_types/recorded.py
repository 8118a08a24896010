"""The blocks and views that the simulated Slack accepted, one of each shape, in a file for each worker.

Two payloads have one shape where they differ in their texts, ids and numbers alone, or in how many equal
elements a list has.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from sandbox.slack.blocks import limits

FOLDER = "RECORD_PAYLOADS"
# These send what the bot never sends, on purpose.
_NOT_OF_THE_BOT = ("tests/sandbox/", "tests/browser/test_render", "tests/browser/test_newer_blocks")
# A word that may be one of a list that Slack documents: `primary`, `plain_text`.
_KEYWORD = re.compile(r"[a-z_]{1,24}")


class Recorder:
    """Takes what the simulated Slack accepts, and saves one payload of each shape."""

    def __init__(self) -> None:
        self._shapes: dict[str, dict[str, Any]] = {}

    def __call__(self, kind: str, payload: Any) -> None:
        """Note a payload; ``kind`` is `blocks`, `modal` or `home`."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        if payload and test and not test.startswith(_NOT_OF_THE_BOT):
            shape = json.dumps([kind, _shape(payload)], sort_keys=True)
            self._shapes.setdefault(shape, {"kind": kind, "test": test, "payload": payload})

    def save(self, folder: Path) -> None:
        """Write the payloads into a file of this process."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(one) + "\n" for one in self._shapes.values()]
        (folder / f"{os.getpid()}.jsonl").write_text("".join(lines))


def start() -> Recorder:
    """Return a recorder that listens."""
    recorder = Recorder()
    limits.accepted.append(recorder)
    return recorder


def _shape(value: Any, key: str = "") -> Any:
    match value:
        case dict():
            return {name: _shape(one, name) for name, one in value.items()}
        case list():
            shapes = (json.dumps(_shape(one), sort_keys=True) for one in value)
            return [*dict.fromkeys(shapes)]
        case str() if key not in {"text", "value"} and _KEYWORD.fullmatch(value):
            return value
        case _:
            return type(value).__name__
