"""The command `audit`: show, export and verify the audit trail."""
