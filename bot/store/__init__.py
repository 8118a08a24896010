"""All state in one SQLite file: changes, roles, audit trail, inbox and outbox, a transaction a step."""
