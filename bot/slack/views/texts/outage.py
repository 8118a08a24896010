"""What is said of messages that come late, and of the time without Slack."""

from __future__ import annotations

LATE = "*Late:* this happened {time}."
