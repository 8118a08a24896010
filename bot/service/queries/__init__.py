"""Reads that change nothing but the audit trail: status, lists of users, one user, pending, audit, whoami."""
