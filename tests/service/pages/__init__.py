"""Tests of what pagers are told."""
