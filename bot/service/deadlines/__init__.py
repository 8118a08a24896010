"""Does what falls due once."""
