"""What Slack accepts as blocks, and what it makes of them."""
