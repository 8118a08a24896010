"""Commands of the terminal on PostgreSQL."""
