"""Fields of a form that hold JSON."""

from __future__ import annotations

import json
from typing import Any


def decoded(value: Any) -> Any:
    """Return what a form field with JSON in it means; anything but a string stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
