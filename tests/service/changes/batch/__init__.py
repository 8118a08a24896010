"""Tests of batches: the same change for several customers, decided together."""
