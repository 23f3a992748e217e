"""Photo files: judged, cleaned of everything but the picture, and read."""
