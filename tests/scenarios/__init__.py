"""The running bot between simulated services."""
