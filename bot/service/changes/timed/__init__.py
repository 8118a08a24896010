"""What becomes of a timed change: counted down, announced, taken back, moved or kept."""
