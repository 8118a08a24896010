"""Parts of a workspace's state."""
