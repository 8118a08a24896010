"""Pure functions from domain values to blocks."""
