"""Tests of what Slack delivers, until a use case has it."""
