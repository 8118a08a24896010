"""From Slack to a use case: receive, save, acknowledge, carry out."""
