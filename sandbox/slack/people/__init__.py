"""What people do in Slack's views."""
