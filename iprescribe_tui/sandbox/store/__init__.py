"""Storage of the sandbox: its database, and the keys to it."""
