"""The Block Kit JSON that Slack accepts, and its limits."""
