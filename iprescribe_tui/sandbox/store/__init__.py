"""What the sandbox keeps: its database, and the keys to it."""
