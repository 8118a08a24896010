"""The report on an incident: who may have it, what is in it, and messages that people add to it."""
