"""Tests of the report on an incident: rights, content, and messages that are added."""
