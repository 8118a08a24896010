"""The command line: run, exec, roles, policy, customer names, audit, backup, doctor and demo."""
