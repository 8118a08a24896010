"""Tests of reads that change nothing."""
