"""The rows of each table: the same statements for both backends."""
