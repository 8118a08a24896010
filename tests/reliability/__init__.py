"""The fault suite: seeded, reproducible, and each proof prints its figures."""
