"""`docs/messages.md`: every kind of message, as the real bot sends it and the demo's page draws it."""
