"""A stateful simulation of the continuity API over real HTTP, with faults on demand."""

from __future__ import annotations

from bot.sandbox.continuity.faults import Fault
from bot.sandbox.continuity.mock import DocumentationMock
from bot.sandbox.continuity.model import MailUser
from bot.sandbox.continuity.requests import Request
from bot.sandbox.continuity.sandbox import ContinuitySandbox

__all__ = ["ContinuitySandbox", "DocumentationMock", "Fault", "MailUser", "Request"]
