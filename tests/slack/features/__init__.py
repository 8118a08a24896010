"""Tests of feature handlers."""
