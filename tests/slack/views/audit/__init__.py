"""Tests of what is said of audit entries."""
