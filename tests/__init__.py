"""Tests mirror the source tree; builders and fakes stand beside them."""
