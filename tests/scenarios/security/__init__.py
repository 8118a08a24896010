"""Hostile and malformed input, secrets, and places that must not be told."""
