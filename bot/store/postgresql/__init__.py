"""The store on a PostgreSQL server: connections, transactions, schema, errors."""
