"""A change from the command to the outcome, in the simulated workspace."""
