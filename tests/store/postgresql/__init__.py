"""The store on PostgreSQL: its server, its connections, its schema."""
