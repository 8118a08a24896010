"""The running bot and its services in an event loop that jumps over waiting."""
