"""Tests of blocks and wording."""
