"""The terminal: what needs nothing but a database, and the running of the bot itself."""
