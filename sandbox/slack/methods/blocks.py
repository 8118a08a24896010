"""`blocks.validate`: checks without posting (docs.slack.dev/reference/methods/blocks.validate)."""

from __future__ import annotations

import re
from typing import Any

from sandbox.slack.blocks.findings import Findings
from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.blocks.limits import blocks_findings, view_findings
from sandbox.slack.methods.directory import Answer, Payload
from sandbox.slack.model import Refusal
from sandbox.slack.workspace import Workspace

_SENTENCE = re.compile(r"\[ERROR\] (.*) \[json-pointer:(.*)\]")


def validate(workspace: Workspace, payload: Payload) -> Answer:
    """Check one of ``blocks``, ``message`` and ``view``.

    Raises Refusal: invalid_arguments, invalid_blocks, invalid_message, invalid_view, and
    unknown_method in a workspace without the newer blocks (assumed). Each of the
    answer's ``errors`` has the code of the documented example (assumed: no other is known).
    """
    if not workspace.newer_blocks:
        raise Refusal("unknown_method")
    given = [name for name in ("blocks", "message", "view") if payload.get(name)]
    if len(given) != 1:
        raise Refusal("invalid_arguments", "[ERROR] must provide one of: blocks, message, view")
    found = _findings(given[0], decoded(payload[given[0]]))
    if found.sentences:
        raise Refusal(f"invalid_{given[0]}", errors=[_error(one) for one in found.sentences])
    return {}


def _findings(name: str, value: Any) -> Findings:
    if name == "blocks":
        return blocks_findings(value, "")
    found = Findings()
    if not found.object(value, ""):
        return found
    if name == "message":
        return blocks_findings(value.get("blocks", []))
    return view_findings(value, "home" if value.get("type") == "home" else "modal")


def _error(sentence: str) -> dict[str, str]:
    match = _SENTENCE.fullmatch(sentence)
    message, pointer = match.groups() if match else (sentence, "")
    pointer = pointer.removeprefix("/view")
    return {"pointer": pointer, "code": "failed_constraint", "message": message}
