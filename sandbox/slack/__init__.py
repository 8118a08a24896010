"""A simulated Slack workspace that serves the real slack_sdk and slack_bolt unchanged.

``workspace`` (with ``members`` and ``state``: messages, calls, retries) is the state.
``web_api`` with ``methods`` and ``modals`` answers calls, and ``transfers`` uploads and downloads,
within the limits of ``blocks`` and ``rates``. ``person_actions`` and ``people`` are what people do;
``payloads`` are what Slack makes of it, and ``delivery`` sends them to the app over ``sockets`` or
signed HTTP. ``sandbox`` is all of it in one object.
"""

from __future__ import annotations

from sandbox.slack.blocks.mentions import notifications
from sandbox.slack.model import (
    Call,
    Cause,
    Channel,
    Delivery,
    Ephemeral,
    File,
    Message,
    Person,
    Refused,
    Revision,
    SandboxError,
    Shortcut,
    Usergroup,
    View,
)
from sandbox.slack.sandbox import SlackSandbox

__all__ = [
    "Call",
    "Cause",
    "Channel",
    "Delivery",
    "Ephemeral",
    "File",
    "Message",
    "Person",
    "Refused",
    "Revision",
    "SandboxError",
    "Shortcut",
    "SlackSandbox",
    "Usergroup",
    "View",
    "notifications",
]
