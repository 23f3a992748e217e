"""Doctor: checks of what the program needs from this machine and its backend, with advice on what is wrong."""
