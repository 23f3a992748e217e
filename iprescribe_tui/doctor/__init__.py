"""Looks at what the program needs from this machine and its backend, and says of each what is wrong and what to do."""
