"""The command `exec`: the use cases at a terminal, for when Slack is down."""
