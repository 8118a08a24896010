"""Modals: how each is built, what is wrong with a submission, and what it says."""
