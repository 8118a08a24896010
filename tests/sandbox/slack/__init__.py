"""The simulated Slack workspace."""
