"""Front end that asks line by line, for screen readers, dumb terminals and scripts."""
