"""Tests of rendering and posting messages."""
