"""What the Textual screens are made of."""
