"""A real PostgreSQL for the tests: the server, what goes wrong with it, and a proxy before it."""
