"""Notices: what a person or a channel is told once, a module for each text."""
