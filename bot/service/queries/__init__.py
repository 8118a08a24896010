"""Reads: status, lists of users, one user (``history``: pending, audit, whoami)."""
