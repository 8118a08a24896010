"""From the database to Slack: render messages and post them within Slack's rate limits."""
