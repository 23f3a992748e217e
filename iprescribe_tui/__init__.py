"""Registration for iPrescribe and ID.me from a terminal."""
