"""Walks scenarios through the real screens without a terminal, judges what comes of it, and reports in pictures."""
