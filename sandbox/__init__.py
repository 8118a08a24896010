"""Simulated services that the bot runs against, unchanged, in the demo and in the tests."""
