"""What the use cases need of the outside, as Protocols and the values that cross them."""

from __future__ import annotations

from bot.ports.clock import Clock
from bot.ports.continuity import ContinuityApi, Receipt, Token, UserState
from bot.ports.directory import Channel, Directory, Person
from bot.ports.export_sink import ExportSink
from bot.ports.store import (
    Backlog,
    Delivery,
    Message,
    MessageKind,
    SlackContact,
    Store,
    StoredChange,
    Transaction,
    message_key,
)

__all__ = [
    "Backlog",
    "Channel",
    "Clock",
    "ContinuityApi",
    "Delivery",
    "Directory",
    "ExportSink",
    "Message",
    "MessageKind",
    "Person",
    "Receipt",
    "SlackContact",
    "Store",
    "StoredChange",
    "Token",
    "Transaction",
    "UserState",
    "message_key",
]
