"""The rules of the audit trail alone."""
