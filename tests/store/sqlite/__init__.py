"""Tests of the SQLite store alone."""
