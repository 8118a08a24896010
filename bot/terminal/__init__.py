"""What the terminal does without Slack: roles, policy, customer names, the audit trail, the demo."""
