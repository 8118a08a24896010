"""The rules alone."""
