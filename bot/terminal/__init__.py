"""What is done at the terminal: roles, policy, customer names, the audit trail, backups, the doctor, the demo."""
