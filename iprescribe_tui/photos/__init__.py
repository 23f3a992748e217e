"""Photos as files: judged, cleaned of what else is in them, and read."""
