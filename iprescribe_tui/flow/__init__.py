"""The registration without any front end: the loop, what it keeps on this machine, and what it works with."""
