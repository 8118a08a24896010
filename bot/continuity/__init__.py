"""The client of the Email Continuity API: the port `ContinuityApi` over HTTP."""

from __future__ import annotations

from bot.continuity.client import ContinuityClient, Retries
from bot.continuity.exchange import Limits

__all__ = ["ContinuityClient", "Limits", "Retries"]
