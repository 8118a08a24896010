"""Tests of each kind of change against the API."""
