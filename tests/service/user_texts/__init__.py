"""Tests of the texts for users."""
