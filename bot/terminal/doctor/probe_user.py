"""What `probe` finds about users: the object, the fields outside of it, and the encoding."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.continuity import schemas
from bot.continuity.request import Response
from bot.continuity.text_decoding import TextDecoder, text_of
from bot.domain.mail_user import FLAG_NAMES
from bot.terminal.doctor.finding import Finding, fails, ok, warns

_KNOWN = {
    *("customer", "domain", "user", "displayName", "givenName", "surName", "language", "timezone"),
    *FLAG_NAMES,
    schemas.FAILOVER_GROUPS,
}


def about_user(users: Collection[Mapping[str, object]]) -> list[Finding]:
    """Return which fields the user objects have: flags, groups, and unknown ones."""
    names = {name for user in users for name in user}
    present = [flag for flag in FLAG_NAMES if flag in names]
    missing = [flag for flag in FLAG_NAMES if flag not in names]
    findings = [
        ok("flags", "all three are inside the user object")
        if not missing
        else warns(
            "flags",
            f"inside the user object: {', '.join(present) or 'none'}; not told: {', '.join(missing)}. "
            "A change of a flag that is not told ends as accepted by the API, not verified",
        )
    ]
    groups = [user[schemas.FAILOVER_GROUPS] for user in users if schemas.FAILOVER_GROUPS in user]
    if not groups:
        findings.append(warns(schemas.FAILOVER_GROUPS, "not told of any of the users looked at"))
    elif all(
        isinstance(one, list) and all(isinstance(name, str) for name in one) for one in groups
    ):
        findings.append(ok(schemas.FAILOVER_GROUPS, "an array of names inside the user object"))
    else:
        findings.append(fails(schemas.FAILOVER_GROUPS, "is no array of names"))
    unknown = sorted(names - _KNOWN)
    findings.append(
        warns("unknown fields", f"{', '.join(unknown)}: kept as they are")
        if unknown
        else ok("unknown fields", "none")
    )
    return findings


def about_answer(answer: Response) -> list[Finding]:
    """Return which fields are outside the user object, and the formats of time and text."""
    body: dict[str, Any] = json.loads(text_of(answer.response, answer.body))
    outside = [flag for flag in FLAG_NAMES if flag in body]
    findings = [warns("flags", f"beside the user object: {', '.join(outside)}")] if outside else []
    stamp = body.get("timestamp")
    try:
        zone = datetime.fromisoformat(str(stamp)).tzinfo
        text = "ISO 8601" + (", with its zone" if zone else ", without a zone")
        findings.append(ok("timestamp", text))
    except ValueError:
        findings.append(
            warns("timestamp", f"{_shape(stamp)}: shown as it is, never calculated with")
        )
    findings.append(_about_encoding(answer))
    known = {"id", "timestamp", "user", *FLAG_NAMES}
    others = sorted(set(body) - known)
    if others:
        findings.append(warns("answer", f"unknown fields: {', '.join(others)}"))
    return findings


def _about_encoding(answer: Response) -> Finding:
    reader = TextDecoder(answer.response)
    reader.feed(answer.body)
    if reader.encoding == "utf-8":
        return ok("encoding", "UTF-8 without a mark")
    return warns("encoding", f"{reader.encoding} instead of UTF-8 without a mark: it is read")


def _shape(value: object) -> str:
    """Return the shape of a value, with digits and letters replaced."""
    if not isinstance(value, str):
        return f"a {type(value).__name__}"
    return "".join(
        "9" if char.isdigit() else "a" if char.isalpha() else char for char in value[:40]
    )
