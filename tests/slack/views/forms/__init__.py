"""Tests of modals."""
