"""A simulated Slack workspace that serves the real slack_sdk and slack_bolt unchanged.

``workspace`` is the state; ``web_api`` with ``directory_methods``, ``chat_methods``, ``file_methods``
and ``modals`` answers calls, ``transfers`` take and give files, within ``limits`` and ``rates``; ``people`` act, ``payloads`` say what Slack makes of it, and
``delivery`` brings it to the app over ``sockets`` or signed HTTP. ``sandbox`` puts them together.
"""

from __future__ import annotations

from sandbox.slack.blocks.mentions import notifications
from sandbox.slack.model import (
    Call,
    Channel,
    Delivery,
    Ephemeral,
    File,
    Message,
    Person,
    Revision,
    SandboxError,
    Usergroup,
    View,
)
from sandbox.slack.sandbox import SlackSandbox

__all__ = [
    "Call",
    "Channel",
    "Delivery",
    "Ephemeral",
    "File",
    "Message",
    "Person",
    "Revision",
    "SandboxError",
    "SlackSandbox",
    "Usergroup",
    "View",
    "notifications",
]
