"""The life of a change, from its proposal to its outcome."""
