"""Tests of the command `demo`."""
