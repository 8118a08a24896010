"""Tests of the commands `doctor` and `probe`."""
