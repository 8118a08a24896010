"""Reads that change nothing: status, lists, users, history."""
