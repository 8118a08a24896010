"""What features are built of: declarations, dependencies, and the steps that several of them share."""
