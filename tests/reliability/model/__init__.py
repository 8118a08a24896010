"""The services against a model that says what may happen, in one thread."""
