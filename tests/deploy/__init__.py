"""What `deploy/` holds: checked by the tools of each format, and against the bot itself."""
