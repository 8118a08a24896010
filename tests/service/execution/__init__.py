"""Tests of scheduling, executing and resolving changes."""
