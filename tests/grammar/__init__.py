"""Tests of the command grammar."""
