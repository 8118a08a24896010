"""What is done at the terminal: commands while Slack is down, roles, policy, names, the trail, backups, the doctor."""
