"""What the use cases need from outside, as Protocols, and the values that cross them.

``store`` (transactions; its tables in ``*_rows``, their own values in ``records``), ``continuity``
(the API), ``pager`` (people on call), ``directory`` (people, user groups and channels of Slack), ``export_sink`` (files with
users' data), ``clock``.
"""

from __future__ import annotations

from bot.ports.audit_rows import AuditFilter
from bot.ports.clock import Clock
from bot.ports.continuity import ContinuityApi, Receipt, Token, UserState
from bot.ports.directory import Channel, Directory, Person
from bot.ports.export_sink import ExportSink
from bot.ports.page_rows import PageRow
from bot.ports.pager import Page, Pager
from bot.ports.recipient_rows import Recipient
from bot.ports.records import (
    Backlog,
    Delivery,
    Message,
    MessageKind,
    Silence,
    SlackContact,
    StoredChange,
    message_key,
)
from bot.ports.replica_rows import Leader, Replica
from bot.ports.store import ReadableStore, Store, Transaction

__all__ = [
    "AuditFilter",
    "Backlog",
    "Channel",
    "Clock",
    "ContinuityApi",
    "Delivery",
    "Directory",
    "ExportSink",
    "Leader",
    "Message",
    "MessageKind",
    "Page",
    "PageRow",
    "Pager",
    "Person",
    "ReadableStore",
    "Receipt",
    "Recipient",
    "Replica",
    "Silence",
    "SlackContact",
    "Store",
    "StoredChange",
    "Token",
    "Transaction",
    "UserState",
    "message_key",
]
