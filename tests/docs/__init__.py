"""Tests that the documentation and the code say the same."""
