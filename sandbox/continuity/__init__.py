"""A stateful simulation of the continuity API over real HTTP, with faults on demand."""

from __future__ import annotations

from sandbox.continuity.faults import Fault
from sandbox.continuity.mock import DocumentationMock
from sandbox.continuity.model import MailUser
from sandbox.continuity.rehearsal import RehearsalApi
from sandbox.continuity.requests import Request
from sandbox.continuity.sandbox import ContinuitySandbox

__all__ = ["ContinuitySandbox", "DocumentationMock", "Fault", "MailUser", "RehearsalApi", "Request"]
