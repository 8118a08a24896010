"""Pagers over HTTP, against the simulated ones."""
