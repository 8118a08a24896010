"""Timed changes: the way back, the marks before it."""
