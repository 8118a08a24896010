"""Several bots on one PostgreSQL: the leader dies, stands still, or loses the database, and another goes on."""
