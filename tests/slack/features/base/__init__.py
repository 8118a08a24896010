"""What features are built of."""
