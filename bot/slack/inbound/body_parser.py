"""Parse the signed body of a request: a command, an interaction or an event, by its bytes alone.

The signature covers the body and the time, and no header. So no header may choose how the body is
read, and bytes that could be read in two ways are refused: JSON begins with a brace, which the
alphabet of a form does not hold; a form names each field once; an object names each member once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

# What encoders leave unescaped, and escapes. No brace, quote, space, line break, semicolon (once a
# separator of fields) or byte above ASCII.
_FORM = re.compile(rb"(?:[A-Za-z0-9*._~!'()$,:/@?+&=-]|%[0-9A-Fa-f]{2})+")
_MAX_FIELDS = 100
_EVENTS = frozenset({"event_callback", "url_verification", "app_rate_limited"})
_COMMAND = frozenset(
    {
        "api_app_id",
        "channel_id",
        "command",
        "enterprise_id",
        "is_enterprise_install",
        "response_url",
        "team_id",
        "text",
        "trigger_id",
        "user_id",
    }
)
_REQUIRED = frozenset({"command", "trigger_id", "user_id"})


def read(raw: bytes) -> dict[str, Any]:
    """Return the payload as Socket Mode would deliver it.

    Raises ValueError, KeyError or RecursionError where the bytes can be read in no way, or in two.
    """
    if raw.lstrip()[:1] == b"{":
        event = _object(raw.decode())
        if event["type"] not in _EVENTS:
            raise ValueError
        return event
    if not _FORM.fullmatch(raw):
        raise ValueError
    fields = _once(
        parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    )
    if "payload" in fields:
        return _interaction(fields)
    if "ssl_check" in fields:
        return _certificate_check(fields)
    if not fields.keys() >= _REQUIRED:
        raise ValueError
    # Other fields are left out: Bolt might read the body by one of them.
    return {name: value for name, value in fields.items() if name in _COMMAND}


def _interaction(fields: dict[str, str]) -> dict[str, Any]:
    if len(fields) != 1:
        raise ValueError
    payload = _object(fields["payload"])
    if payload["type"] in _EVENTS:
        raise ValueError
    return payload


def _certificate_check(fields: dict[str, str]) -> dict[str, Any]:
    """Slack checks the certificate; there is nothing to do."""
    if "command" in fields:
        raise ValueError
    return {"type": "ssl_check"}


def _object(text: str) -> dict[str, Any]:
    """Return a JSON object whose members are not repeated. `command` would make Bolt read a command."""
    data = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    if not isinstance(data, dict) or not isinstance(data.get("type"), str) or "command" in data:
        raise ValueError
    return data


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError
        found[name] = value
    return found


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError
