"""What features are built of: declarations, dependencies, and steps that several share."""
