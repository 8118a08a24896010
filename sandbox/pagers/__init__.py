"""Simulated pagers: PagerDuty's Events API v2, and a receiver of signed webhooks."""

from __future__ import annotations

from sandbox.pagers.incidents import Incident
from sandbox.pagers.sandbox import PagerSandbox

__all__ = ["Incident", "PagerSandbox"]
