"""What every store must do, in the words of the port; a new store joins by one entry in STORES."""
