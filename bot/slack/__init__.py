"""The edge to Slack: payloads in, cards and replies out."""
