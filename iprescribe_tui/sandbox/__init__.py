"""A backend for iprescribe-tui that makes no real account: the whole contract over HTTP, with made-up people."""
