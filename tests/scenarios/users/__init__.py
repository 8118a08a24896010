"""Users listed, edited, imported and deleted, in the simulated workspace."""
