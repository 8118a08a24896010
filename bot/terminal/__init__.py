"""What the terminal does without Slack: commands, roles, policy, customer names, the audit trail, the demo."""
