"""Walks of scenarios through the real screens without a terminal, judged and reported with pictures."""
