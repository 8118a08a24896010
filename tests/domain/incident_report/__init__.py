"""Tests of what a report is made of."""
