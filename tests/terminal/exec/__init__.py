"""Tests of the command `exec`."""
