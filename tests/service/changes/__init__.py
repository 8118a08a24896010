"""Tests of proposals, previews and decisions."""
