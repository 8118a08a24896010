"""What is measured, one scene a module; each returns its lines of the table."""
