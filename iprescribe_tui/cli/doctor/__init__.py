"""Doctor: checks of the program's needs from this machine and its backend, with advice on failures."""
