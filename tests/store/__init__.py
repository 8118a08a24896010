"""The store: behaviour of every method of the port, races, damage, the lock."""
