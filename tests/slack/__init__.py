"""The edge to Slack: what is shown, how it is delivered, what is taken in."""
