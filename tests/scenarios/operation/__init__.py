"""Starting, stopping, restarting and watching the real process."""
